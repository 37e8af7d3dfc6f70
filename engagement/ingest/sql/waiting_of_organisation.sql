-- Takes: the organisation, and how many requests are looked at.
-- Gives: one row, how many of its requests wait and how many bytes they are, up to so many requests.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_batch_waiting; a body's length is read without the body.
SELECT count(*), COALESCE(sum(octet_length(raw)), 0)::bigint
FROM (
    SELECT raw FROM ingest_ingestbatch
    WHERE organisation_id = %(organisation_id)s AND state = 'waiting' LIMIT %(most)s
) AS waiting
