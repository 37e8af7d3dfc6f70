-- Takes: the organisation, the run and the chunk.
-- Gives: one row with the chunk's packed counts, scores, members and identities (null without merged customers); none
--        where the run has no such chunk, or its blocks were not kept.
-- Tenant filter: organisation_id is bound for each of the four.
-- Window: none.
-- Index relied on: the primary keys (organisation_id, run_id, chunk).
SELECT c.packed, s.packed, m.packed, i.packed
FROM scoring_score_block s
JOIN scoring_count_block c ON c.organisation_id = %(organisation_id)s AND c.run_id = s.run_id AND c.chunk = s.chunk
JOIN scoring_member_block m ON m.organisation_id = %(organisation_id)s AND m.run_id = s.run_id AND m.chunk = s.chunk
LEFT JOIN scoring_identity_block i
    ON i.organisation_id = %(organisation_id)s AND i.run_id = s.run_id AND i.chunk = s.chunk
WHERE s.organisation_id = %(organisation_id)s AND s.run_id = %(run_id)s AND s.chunk = %(chunk)s
