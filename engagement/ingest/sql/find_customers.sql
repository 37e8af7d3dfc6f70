-- Takes: the organisation, ids as the client knows them, and for each whether it is of the identified name space.
-- Gives: one row per id that is known: the id, its name space, the customer's number.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_customer_external (organisation_id, external_id, identified).
SELECT c.external_id, c.identified, c.number
FROM ingest_customer c
JOIN unnest(%(external_ids)s::text[], %(identified)s::boolean[]) AS asked (external_id, identified)
  ON c.external_id = asked.external_id AND c.identified = asked.identified
WHERE c.organisation_id = %(organisation_id)s
