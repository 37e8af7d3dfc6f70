-- Takes: the organisation, the run, the chunk, its packed counts, scores, members, and identities or null.
-- Gives: nothing: the blocks of the chunk are these, and none of identities where they are null.
-- Tenant filter: organisation_id is bound in each of the five.
-- Window: none.
-- Index relied on: the primary keys (organisation_id, run_id, chunk).
WITH counts AS (
    UPDATE scoring_count_block SET packed = %(counts)s
    WHERE organisation_id = %(organisation_id)s AND run_id = %(run_id)s AND chunk = %(chunk)s
), members AS (
    UPDATE scoring_member_block SET packed = %(members)s
    WHERE organisation_id = %(organisation_id)s AND run_id = %(run_id)s AND chunk = %(chunk)s
), identities AS (
    UPDATE scoring_identity_block SET packed = %(identities)s
    WHERE organisation_id = %(organisation_id)s AND run_id = %(run_id)s AND chunk = %(chunk)s
      AND %(identities)s::bytea IS NOT NULL
), nobody AS (
    DELETE FROM scoring_identity_block
    WHERE organisation_id = %(organisation_id)s AND run_id = %(run_id)s AND chunk = %(chunk)s
      AND %(identities)s::bytea IS NULL
)
UPDATE scoring_score_block SET packed = %(scores)s
WHERE organisation_id = %(organisation_id)s AND run_id = %(run_id)s AND chunk = %(chunk)s
