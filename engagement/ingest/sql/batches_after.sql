-- Takes: the organisation, an id, how many to take, and the instant.
-- Gives: one row per request with a larger id, in the order of ids: id, kind, raw bytes, whether a worker is at it.
-- Tenant filter: organisation_id is bound.
-- Window: every request that is kept.
-- Index relied on: the primary key (organisation_id, id).
SELECT b.id, b.kind, b.raw, b.state = 'waiting' AND b.lease_until > %(now)s
FROM ingest_ingestbatch b
WHERE b.organisation_id = %(organisation_id)s AND b.id > %(after)s
ORDER BY b.id
LIMIT %(limit)s
FOR UPDATE
