-- Takes: the organisation, ids of batches.
-- Gives: nothing; what was rejected lives as long as its batch.
-- Tenant filter: organisation_id is bound; runs as the maintenance role, which no policy binds.
-- Window: none.
-- Index relied on: none on the batch; a scan of the organisation's rejected messages (primary key).
DELETE FROM ingest_rejectedevent
WHERE organisation_id = %(organisation_id)s AND batch_id = ANY (%(ids)s::uuid[])
