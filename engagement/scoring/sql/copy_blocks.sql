-- Takes: the organisation, a run, the run whose blocks it takes over, and the chunks.
-- Gives: no rows; an error where one of the blocks is there already.
-- Tenant filter: organisation_id is bound in each.
-- Window: none.
-- Index relied on: the primary keys (organisation_id, run_id, chunk).
WITH counts AS (
    INSERT INTO scoring_count_block (organisation_id, run_id, chunk, packed)
    SELECT b.organisation_id, %(run_id)s, b.chunk, b.packed FROM scoring_count_block b
    WHERE b.organisation_id = %(organisation_id)s AND b.run_id = %(base_id)s AND b.chunk = ANY (%(chunks)s::int[])
), scores AS (
    INSERT INTO scoring_score_block (organisation_id, run_id, chunk, packed)
    SELECT b.organisation_id, %(run_id)s, b.chunk, b.packed FROM scoring_score_block b
    WHERE b.organisation_id = %(organisation_id)s AND b.run_id = %(base_id)s AND b.chunk = ANY (%(chunks)s::int[])
), members AS (
    INSERT INTO scoring_member_block (organisation_id, run_id, chunk, packed)
    SELECT b.organisation_id, %(run_id)s, b.chunk, b.packed FROM scoring_member_block b
    WHERE b.organisation_id = %(organisation_id)s AND b.run_id = %(base_id)s AND b.chunk = ANY (%(chunks)s::int[])
)
INSERT INTO scoring_identity_block (organisation_id, run_id, chunk, packed)
SELECT b.organisation_id, %(run_id)s, b.chunk, b.packed FROM scoring_identity_block b
WHERE b.organisation_id = %(organisation_id)s AND b.run_id = %(base_id)s AND b.chunk = ANY (%(chunks)s::int[])
