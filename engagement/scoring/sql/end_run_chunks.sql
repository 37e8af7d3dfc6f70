-- Takes: the organisation and the run.
-- Gives: no rows; nothing of the run can be claimed any more, and the states of its ledger chunk by chunk, which have
--        been added up, are let go.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary keys (organisation_id, run_id, chunk) of both tables.
WITH added_up AS (
    UPDATE scoring_run_part p SET chains = NULL
    WHERE p.organisation_id = %(organisation_id)s AND p.run_id = %(run_id)s AND p.chains IS NOT NULL
)
DELETE FROM scoring_run_chunk c WHERE c.organisation_id = %(organisation_id)s AND c.run_id = %(run_id)s
