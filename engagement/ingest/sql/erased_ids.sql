-- Takes: the organisation and digests of ids.
-- Gives: one row per digest of somebody erased: the digest and when that was, the latest.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_erased_digest (organisation_id, digest).
SELECT e.digest, max(e.erased_at)
FROM ingest_erasedcustomer e
WHERE e.organisation_id = %(organisation_id)s AND e.digest = ANY (%(digests)s::bytea[])
GROUP BY e.digest
