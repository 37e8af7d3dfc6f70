-- Takes: the organisation, the time, and parallel arrays: id, name space, number.
-- Gives: one row per customer added; none for an id that came to be known meanwhile. Their chunks are noted as touched.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_customer_external (organisation_id, external_id, identified).
WITH added AS (
    INSERT INTO ingest_customer (
        organisation_id, number, external_id, identified, email_normalised, traits, excluded, created_at, updated_at
    )
    SELECT %(organisation_id)s, a.number, a.external_id, a.identified, '', '{}', false, %(now)s, %(now)s
    FROM unnest(%(external_ids)s::text[], %(identified)s::boolean[], %(numbers)s::bigint[])
         AS a (external_id, identified, number)
    ON CONFLICT (organisation_id, external_id, identified) DO NOTHING
    RETURNING external_id, identified, number
), touched AS (
    INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
    SELECT DISTINCT %(organisation_id)s, added.number >> 16, pg_current_xact_id() FROM added
    ON CONFLICT DO NOTHING
)
SELECT external_id, identified, number FROM added
