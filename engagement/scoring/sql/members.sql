-- Takes: the organisation, a run, a chunk.
-- Gives: one row, the packed scores and the packed membership bitmaps of the chunk; none where they were not kept.
-- Tenant filter: organisation_id is bound.
-- Window: none; a run has one of its own.
-- Index relied on: the primary keys (organisation_id, run_id, chunk) of both tables.
SELECT s.packed, m.packed
FROM scoring_score_block s
JOIN scoring_member_block m
  ON m.organisation_id = s.organisation_id AND m.run_id = s.run_id AND m.chunk = s.chunk
WHERE s.organisation_id = %(organisation_id)s AND s.run_id = %(run_id)s AND s.chunk = %(chunk)s
