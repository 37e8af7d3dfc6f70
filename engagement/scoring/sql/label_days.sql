-- Takes: the organisation, days [day_from, day_before) of the key.
-- Gives: one row per day with stored events: the day, how many, a digest of their ids that any other set of ids changes.
-- Tenant filter: organisation_id is bound.
-- Window: days of the key.
-- Index relied on: the primary key (organisation_id, day, message_id), read alone.
SELECT e.day, count(*), bit_xor(hashtextextended(e.message_id, 0))
FROM ingest_event e
WHERE e.organisation_id = %(organisation_id)s
  AND e.day >= %(day_from)s::date AND e.day < %(day_before)s::date
GROUP BY e.day
ORDER BY e.day
