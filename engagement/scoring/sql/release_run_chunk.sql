-- Takes: the organisation, the run, the chunk.
-- Gives: no rows; the chunk can be claimed again at once.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, run_id, chunk).
UPDATE scoring_run_chunk c SET lease_until = NULL
WHERE c.organisation_id = %(organisation_id)s AND c.run_id = %(run_id)s AND c.chunk = %(chunk)s
