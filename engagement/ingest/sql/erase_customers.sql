-- Takes: the organisation and the numbers of customers who are erased.
-- Gives: one row per customer deleted: number, id, name space. Their chunks are noted as touched.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
WITH gone AS (
    DELETE FROM ingest_customer c
    WHERE c.organisation_id = %(organisation_id)s AND c.number = ANY (%(numbers)s::bigint[])
    RETURNING c.number, c.external_id, c.identified
), touched AS (
    INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
    SELECT DISTINCT %(organisation_id)s, gone.number >> 16, pg_current_xact_id() FROM gone
    ON CONFLICT DO NOTHING
)
SELECT number, external_id, identified FROM gone
