-- Takes: the organisation.
-- Gives: one row per salt that digests of its erased customers were made with: one, as a rule, none without erasures.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_erasure_recent (organisation_id, requested_at); erasures are few.
SELECT DISTINCT e.salt FROM ingest_erasure e WHERE e.organisation_id = %(organisation_id)s
