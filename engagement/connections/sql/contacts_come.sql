-- Takes: the organisation, numbers of customers, the name of a trait.
-- Gives: one row per customer of these who has that trait, as text that is not empty: the number, ascending.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key of ingest_customer.
SELECT c.number FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s
  AND c.number = ANY (%(numbers)s::bigint[])
  AND c.traits ->> %(trait)s::text <> ''
ORDER BY c.number
