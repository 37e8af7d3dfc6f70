-- Takes: the organisation, the instant before which a batch is old, how many to take.
-- Gives: one row per batch: its id. Batches that failed or wait are kept, however old.
-- Tenant filter: organisation_id is bound; runs as the maintenance role, which no policy binds.
-- Window: received before the instant.
-- Index relied on: ingest_batch_recent (organisation_id, received_at).
SELECT id FROM ingest_ingestbatch
WHERE organisation_id = %(organisation_id)s AND received_at < %(before)s AND state = 'done'
ORDER BY received_at
LIMIT %(limit)s
