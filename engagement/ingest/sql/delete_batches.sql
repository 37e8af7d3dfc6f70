-- Takes: the organisation, ids of batches.
-- Gives: nothing.
-- Tenant filter: organisation_id is bound; runs as the maintenance role, which no policy binds.
-- Window: none.
-- Index relied on: the primary key (organisation_id, id).
DELETE FROM ingest_ingestbatch
WHERE organisation_id = %(organisation_id)s AND id = ANY (%(ids)s::uuid[])
