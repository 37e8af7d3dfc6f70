-- Takes: the organisation, the instant, the end of a lease, how many requests and how many bytes of them at most, and
--        how many bytes where others hold more than that of the organisation already.
-- Gives: one row per request that waits and is the caller's until then, the oldest first: its columns that working
--        through it needs. Locked ones are passed over. So are those that failed before or were begun twice: they are
--        worked through alone, so that they harm nobody else.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_batch_waiting (organisation_id, received_at) WHERE state = 'waiting', and the primary key: an
--        array of ids, since a join is planned for one row and would ask anew for each request that was ever kept.
WITH elsewhere AS (
    SELECT COALESCE(sum(octet_length(b.raw)), 0) AS bytes
    FROM ingest_ingestbatch b
    WHERE b.organisation_id = %(organisation_id)s
      AND b.state = 'waiting'
      AND b.lease_until >= %(now)s
      AND b.id <> %(beside)s
), free AS (
    SELECT b.id, b.received_at, octet_length(b.raw) AS bytes
    FROM ingest_ingestbatch b
    WHERE b.organisation_id = %(organisation_id)s
      AND b.state = 'waiting'
      AND (b.lease_until IS NULL OR b.lease_until < %(now)s)
      AND b.failures = 0
      AND b.attempts < 2
    ORDER BY b.received_at, b.id
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
), chosen AS (
    SELECT id FROM (
        SELECT free.id, sum(free.bytes) OVER (ORDER BY free.received_at, free.id) AS bytes FROM free
    ) AS summed
    WHERE summed.bytes <= (
        SELECT CASE WHEN elsewhere.bytes > %(few_bytes)s THEN %(few_bytes)s ELSE %(most_bytes)s END FROM elsewhere
    )
)
UPDATE ingest_ingestbatch b
SET lease_until = %(lease_until)s, attempts = b.attempts + 1
WHERE b.organisation_id = %(organisation_id)s AND b.id = ANY (ARRAY(SELECT id FROM chosen))
RETURNING b.id, b.kind, b.raw, b.received_at, b.attempts
