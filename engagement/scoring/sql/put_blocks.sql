-- Takes: the organisation, the run, the chunk, its packed counts, scores and members, and its identities or null.
-- Gives: no rows; an error where one of the blocks is there already.
-- Tenant filter: organisation_id is bound in each.
-- Window: none.
-- Index relied on: the primary keys (organisation_id, run_id, chunk).
WITH counts AS (
    INSERT INTO scoring_count_block (organisation_id, run_id, chunk, packed)
    VALUES (%(organisation_id)s, %(run_id)s, %(chunk)s, %(counts)s)
), scores AS (
    INSERT INTO scoring_score_block (organisation_id, run_id, chunk, packed)
    VALUES (%(organisation_id)s, %(run_id)s, %(chunk)s, %(scores)s)
), members AS (
    INSERT INTO scoring_member_block (organisation_id, run_id, chunk, packed)
    VALUES (%(organisation_id)s, %(run_id)s, %(chunk)s, %(members)s)
)
INSERT INTO scoring_identity_block (organisation_id, run_id, chunk, packed)
SELECT %(organisation_id)s, %(run_id)s, %(chunk)s, %(identities)s::bytea WHERE %(identities)s::bytea IS NOT NULL
