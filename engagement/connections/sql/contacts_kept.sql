-- Takes: the organisation, numbers of customers, the name of a trait.
-- Gives: one row: how many of them have that trait, as text that is not empty.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key of ingest_customer.
SELECT count(*) FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s
  AND c.number = ANY (%(numbers)s::bigint[])
  AND c.traits ->> %(trait)s::text <> ''
