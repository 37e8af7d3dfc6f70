-- Takes: the organisation and customer numbers, each once.
-- Gives: one row, how many of them a customer has.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number), alone where the table has been vacuumed of late.
SELECT count(*) FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s AND c.number = ANY (%(numbers)s::bigint[])
