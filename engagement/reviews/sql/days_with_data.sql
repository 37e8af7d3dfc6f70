-- Takes: the organisation, the first and the last local day of a period.
-- Gives: one row, on how many of these days something was done that counts.
-- Tenant filter: organisation_id is bound in both.
-- Window: both days included; at most 184 of them are looked up, however much was done.
-- Index relied on: the primary keys (organisation_id, day, …) of both tables.
SELECT count(*)
FROM generate_series(%(first_day)s::date, %(last_day)s::date, interval '1 day') AS wanted (day)
WHERE EXISTS (
    SELECT 1 FROM scoring_activity_block b
    WHERE b.organisation_id = %(organisation_id)s AND b.day = wanted.day::date
) OR EXISTS (
    SELECT 1 FROM scoring_activity_open a
    WHERE a.organisation_id = %(organisation_id)s AND a.day = wanted.day::date
)
