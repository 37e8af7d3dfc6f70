-- Takes: the organisation, the run, how many chunks there are.
-- Gives: no rows; the chunks 0, 1, … can be claimed.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: none.
INSERT INTO scoring_run_chunk (organisation_id, run_id, chunk)
SELECT %(organisation_id)s, %(run_id)s, n FROM generate_series(0, %(chunks)s - 1) AS n
