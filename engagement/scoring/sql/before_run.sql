-- Takes: the organisation, the first local day that is still open, how many days are worth packing.
-- Gives: one row: whether a definition has not been counted to the end; how many closed days are not packed, at most one
--        more than is worth it; the largest customer number, erased ones too, or null without.
-- Tenant filter: organisation_id is bound in each.
-- Window: all days before the one given.
-- Index relied on: the primary keys of activity (organisation_id, day, …), walked from day to day, and of customers.
WITH RECURSIVE days AS (
    (SELECT a.day, 1 AS n FROM scoring_activity_open a
     WHERE a.organisation_id = %(organisation_id)s AND a.day < %(open_from)s
     ORDER BY a.day LIMIT 1)
    UNION ALL
    SELECT (SELECT a.day FROM scoring_activity_open a
            WHERE a.organisation_id = %(organisation_id)s AND a.day > days.day AND a.day < %(open_from)s
            ORDER BY a.day LIMIT 1), days.n + 1
    FROM days WHERE days.day IS NOT NULL AND days.n <= %(worth_packing)s + 1
)
SELECT
    EXISTS (
        SELECT 1 FROM scoring_actiondefinition d
        WHERE d.organisation_id = %(organisation_id)s AND d.rolled_up_at IS NULL
    ),
    (SELECT count(days.day) FROM days),
    GREATEST(
        (SELECT max(c.number) FROM ingest_customer c WHERE c.organisation_id = %(organisation_id)s),
        (SELECT max(e.number) FROM ingest_erasedcustomer e WHERE e.organisation_id = %(organisation_id)s)
    )
