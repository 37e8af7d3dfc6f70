-- Takes: the organisation, the run, the chunk, and the digest of its blocks.
-- Gives: nothing: the part says so. None is changed for a run of before there were parts.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, run_id, chunk).
UPDATE scoring_run_part SET digest = %(digest)s
WHERE organisation_id = %(organisation_id)s AND run_id = %(run_id)s AND chunk = %(chunk)s
