-- Takes: the organisation, days [day_from, day_before) of the key.
-- Gives: one row: how many events are stored.
-- Tenant filter: organisation_id is bound.
-- Window: days of the key.
-- Index relied on: the primary key (organisation_id, day, message_id), read alone.
SELECT count(*)
FROM ingest_event e
WHERE e.organisation_id = %(organisation_id)s AND e.day >= %(day_from)s AND e.day < %(day_before)s
