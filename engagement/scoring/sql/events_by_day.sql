-- Takes: the organisation.
-- Gives: one row per day with stored events: the day of their keys, how many.
-- Tenant filter: organisation_id is bound.
-- Window: every day.
-- Index relied on: the primary key (organisation_id, day, message_id), read alone.
SELECT e.day, count(*)
FROM ingest_event e
WHERE e.organisation_id = %(organisation_id)s
GROUP BY e.day
ORDER BY e.day
