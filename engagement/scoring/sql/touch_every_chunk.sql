-- Takes: the organisation.
-- Gives: no rows; it is noted of every chunk that the transaction at hand may change its result.
-- Tenant filter: organisation_id is bound in both.
-- Window: none.
-- Index relied on: the primary keys (organisation_id, chunk, xid) and, of customers, (organisation_id, number).
INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
SELECT %(organisation_id)s, a.chunk, pg_current_xact_id()
FROM generate_series(
    0, (SELECT max(c.number) >> 16 FROM ingest_customer c WHERE c.organisation_id = %(organisation_id)s)
) AS a (chunk)
ON CONFLICT DO NOTHING
