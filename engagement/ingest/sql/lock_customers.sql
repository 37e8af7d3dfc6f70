-- Takes: the organisation, customer numbers.
-- Gives: one row per customer, locked in the order of the numbers, so that two writers never wait for each other: number,
--        and the time of the latest news, null of whom no trait is known (change_traits.sql).
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
SELECT number, CASE WHEN traits <> '{}' THEN updated_at END FROM ingest_customer
WHERE organisation_id = %(organisation_id)s AND number = ANY (%(numbers)s::bigint[])
ORDER BY number
FOR UPDATE
