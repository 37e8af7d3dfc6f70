-- Takes: the organisation.
-- Gives: one row per run that has packed results, with the bytes they take as they are stored.
-- Tenant filter: organisation_id is bound in each of the four.
-- Window: none.
-- Index relied on: the primary keys (organisation_id, run_id, chunk); sizes are read without the values.
SELECT blocks.run_id, sum(blocks.bytes)::bigint AS bytes
FROM (
    SELECT run_id, pg_column_size(packed) AS bytes
    FROM scoring_count_block WHERE organisation_id = %(organisation_id)s
    UNION ALL
    SELECT run_id, pg_column_size(packed)
    FROM scoring_score_block WHERE organisation_id = %(organisation_id)s
    UNION ALL
    SELECT run_id, pg_column_size(packed)
    FROM scoring_identity_block WHERE organisation_id = %(organisation_id)s
    UNION ALL
    SELECT run_id, pg_column_size(packed)
    FROM scoring_member_block WHERE organisation_id = %(organisation_id)s
) AS blocks
GROUP BY blocks.run_id
