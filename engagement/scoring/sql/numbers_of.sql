-- Takes: the organisation and the customers' own ids.
-- Gives: one row per id that is known of an identified customer: the id and the number.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the unique index (organisation_id, external_id, …).
SELECT c.external_id, c.number
FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s AND c.identified AND c.external_id = ANY (%(external_ids)s::text[])
