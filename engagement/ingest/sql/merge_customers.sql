-- Takes: the organisation, and parallel arrays: number of the anonymous customer, number of who it turned out to be.
-- Gives: one row per customer merged now; somebody who is merged already stays where they are. The chunks of both are
--        noted as touched.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
WITH merged AS (
    UPDATE ingest_customer c
    SET merged_into = pair.target
    FROM unnest(%(anonymous)s::bigint[], %(targets)s::bigint[]) AS pair (anonymous, target)
    WHERE c.organisation_id = %(organisation_id)s
      AND c.number = pair.anonymous
      AND NOT c.identified
      AND c.merged_into IS NULL
    RETURNING c.number, c.merged_into
), touched AS (
    INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
    SELECT DISTINCT %(organisation_id)s, both_of.number >> 16, pg_current_xact_id()
    FROM merged, unnest(ARRAY[merged.number, merged.merged_into]) AS both_of (number)
    ON CONFLICT DO NOTHING
)
SELECT number FROM merged
