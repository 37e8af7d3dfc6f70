-- Takes: the organisation and the runs whose packed results go.
-- Gives: one row: how many bytes were stored in what was deleted.
-- Tenant filter: organisation_id is bound in each of the five.
-- Window: none.
-- Index relied on: the primary keys (organisation_id, run_id, chunk).
WITH counts AS (
    DELETE FROM scoring_count_block
    WHERE organisation_id = %(organisation_id)s AND run_id = ANY(%(run_ids)s::uuid[])
    RETURNING pg_column_size(packed) AS bytes
), scores AS (
    DELETE FROM scoring_score_block
    WHERE organisation_id = %(organisation_id)s AND run_id = ANY(%(run_ids)s::uuid[])
    RETURNING pg_column_size(packed) AS bytes
), identities AS (
    DELETE FROM scoring_identity_block
    WHERE organisation_id = %(organisation_id)s AND run_id = ANY(%(run_ids)s::uuid[])
    RETURNING pg_column_size(packed) AS bytes
), erased AS (
    DELETE FROM scoring_erasedpart
    WHERE organisation_id = %(organisation_id)s AND run_id = ANY(%(run_ids)s::uuid[])
), members AS (
    DELETE FROM scoring_member_block
    WHERE organisation_id = %(organisation_id)s AND run_id = ANY(%(run_ids)s::uuid[])
    RETURNING pg_column_size(packed) AS bytes
)
SELECT COALESCE(sum(gone.bytes), 0)::bigint
FROM (SELECT bytes FROM counts UNION ALL SELECT bytes FROM scores UNION ALL SELECT bytes FROM identities
      UNION ALL SELECT bytes FROM members) AS gone
