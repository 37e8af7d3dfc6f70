-- Takes: the organisation and chunks.
-- Gives: one row per run and chunk that has blocks: the run and the chunk, the newest run first.
-- Tenant filter: organisation_id is bound.
-- Window: every run that keeps its blocks.
-- Index relied on: the primary key (organisation_id, run_id, chunk).
SELECT s.run_id, s.chunk
FROM scoring_score_block s
WHERE s.organisation_id = %(organisation_id)s AND s.chunk = ANY (%(chunks)s::int[])
ORDER BY s.run_id DESC, s.chunk
