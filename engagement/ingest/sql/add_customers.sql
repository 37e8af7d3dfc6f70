-- Takes: the organisation, the time, and parallel arrays: id, name space, number.
-- Gives: one row per customer added; none for an id that came to be known meanwhile.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_customer_external (organisation_id, external_id, identified).
INSERT INTO ingest_customer (
    organisation_id, number, external_id, identified, email_normalised, traits, excluded, created_at, updated_at
)
SELECT %(organisation_id)s, a.number, a.external_id, a.identified, '', '{}', false, %(now)s, %(now)s
FROM unnest(%(external_ids)s::text[], %(identified)s::boolean[], %(numbers)s::bigint[])
     AS a (external_id, identified, number)
ON CONFLICT (organisation_id, external_id, identified) DO NOTHING
RETURNING external_id, identified, number
