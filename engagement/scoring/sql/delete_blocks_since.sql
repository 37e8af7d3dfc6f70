-- Takes: the organisation, the first local day.
-- Gives: no rows; all packed activity of that day and later is gone.
-- Tenant filter: organisation_id is bound.
-- Window: the day given and every later one.
-- Index relied on: the primary key, by its first two columns.
DELETE FROM scoring_activity_block b
WHERE b.organisation_id = %(organisation_id)s AND b.day >= %(first)s
