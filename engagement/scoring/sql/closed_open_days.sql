-- Takes: the organisation, the first local day that is still open.
-- Gives: one row per local day before it with activity that is not packed, oldest first.
-- Tenant filter: organisation_id is bound.
-- Window: all days before the one given.
-- Index relied on: the primary key (organisation_id, day, …), walked from day to day.
WITH RECURSIVE days AS (
    (SELECT a.day FROM scoring_activity_open a
     WHERE a.organisation_id = %(organisation_id)s AND a.day < %(open_from)s
     ORDER BY a.day LIMIT 1)
    UNION ALL
    SELECT (SELECT a.day FROM scoring_activity_open a
            WHERE a.organisation_id = %(organisation_id)s AND a.day > days.day AND a.day < %(open_from)s
            ORDER BY a.day LIMIT 1)
    FROM days WHERE days.day IS NOT NULL
)
SELECT days.day FROM days WHERE days.day IS NOT NULL
