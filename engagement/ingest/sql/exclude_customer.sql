-- Takes: the organisation, the customer's number, whether to leave them out.
-- Gives: one row with the number; none for an unknown customer. The chunk is noted as touched.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
WITH changed AS (
    UPDATE ingest_customer c SET excluded = %(excluded)s
    WHERE c.organisation_id = %(organisation_id)s AND c.number = %(number)s
    RETURNING c.number
), touched AS (
    INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
    SELECT DISTINCT %(organisation_id)s, changed.number >> 16, pg_current_xact_id() FROM changed
    ON CONFLICT DO NOTHING
)
SELECT number FROM changed
