-- Takes: the organisation and the run.
-- Gives: one row per chunk that is done: chunk, customers, digest, sums and chains as text, in the order of the chunks.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, run_id, chunk).
SELECT p.chunk, p.customers, p.digest, p.sums::text, p.chains::text
FROM scoring_run_part p
WHERE p.organisation_id = %(organisation_id)s AND p.run_id = %(run_id)s
ORDER BY p.chunk
