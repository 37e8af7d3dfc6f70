-- Takes: the organisation, and the end of the leases of who claimed so long ago that they may be gone.
-- Gives: one row, how many workers are at its requests: each gives all that it claims the same end.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_batch_waiting.
SELECT count(DISTINCT b.lease_until)
FROM ingest_ingestbatch b
WHERE b.organisation_id = %(organisation_id)s AND b.state = 'waiting' AND b.lease_until > %(since)s
