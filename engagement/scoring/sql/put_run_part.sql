-- Takes: the organisation, the run, the chunk, how many customers, the digest of its blocks, sums and chains as JSON.
-- Gives: no rows; an error where the part is there already.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, run_id, chunk).
INSERT INTO scoring_run_part (organisation_id, run_id, chunk, customers, digest, sums, chains)
VALUES (%(organisation_id)s, %(run_id)s, %(chunk)s, %(customers)s, %(digest)s, %(sums)s, %(chains)s)
