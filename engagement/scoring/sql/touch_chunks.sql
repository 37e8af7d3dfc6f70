-- Takes: the organisation and chunks.
-- Gives: no rows; it is noted that the transaction at hand wrote something by which their results may change.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, chunk, xid).
INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
SELECT DISTINCT %(organisation_id)s, a.chunk, pg_current_xact_id()
FROM unnest(%(chunks)s::int[]) AS a (chunk)
ON CONFLICT DO NOTHING
