-- Takes: the organisation.
-- Gives: at most one row: when an event of the latest day was received.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, day, message_id), backwards from the newest partition.
SELECT received_at FROM ingest_event
WHERE organisation_id = %(organisation_id)s
ORDER BY day DESC, message_id DESC
LIMIT 1
