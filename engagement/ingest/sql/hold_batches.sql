-- Takes: the organisation; ids of requests and the numbers of the caller's attempts at them, as arrays.
-- Gives: one row per request that is still the caller's, locked in the order of the ids.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, id).
SELECT b.id
FROM ingest_ingestbatch b
JOIN unnest(%(ids)s::uuid[], %(attempts)s::integer[]) AS held (id, attempt) ON held.id = b.id
WHERE b.organisation_id = %(organisation_id)s AND b.state = 'waiting' AND b.attempts = held.attempt
ORDER BY b.id
FOR UPDATE OF b
