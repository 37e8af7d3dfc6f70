-- Takes: the organisation, runs, and the first and last of some chunks.
-- Gives: chunk, run and packed scores, one row per run and chunk that has any, by chunk.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, run_id, chunk).
SELECT s.chunk, s.run_id, s.packed
FROM scoring_score_block s
WHERE s.organisation_id = %(organisation_id)s AND s.run_id = ANY(%(run_ids)s)
    AND s.chunk BETWEEN %(first)s AND %(last)s
ORDER BY s.chunk
