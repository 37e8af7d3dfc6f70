-- Takes: the organisation and the run.
-- Gives: one row: how many chunks are done.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, run_id, chunk).
SELECT count(*) FROM scoring_run_part p WHERE p.organisation_id = %(organisation_id)s AND p.run_id = %(run_id)s
