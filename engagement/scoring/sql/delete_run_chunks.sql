-- Takes: the organisation and the run.
-- Gives: no rows; nothing of the run can be claimed any more.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, run_id, chunk).
DELETE FROM scoring_run_chunk c WHERE c.organisation_id = %(organisation_id)s AND c.run_id = %(run_id)s
