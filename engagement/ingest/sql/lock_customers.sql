-- Takes: the organisation, customer numbers.
-- Gives: one row per customer, locked in the order of the numbers, so that two writers never wait for each other.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
SELECT number FROM ingest_customer
WHERE organisation_id = %(organisation_id)s AND number = ANY (%(numbers)s::bigint[])
ORDER BY number
FOR UPDATE
