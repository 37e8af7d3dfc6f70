-- Takes: the organisation, customer numbers.
-- Gives: one row per customer, locked in the order of the numbers: the number, and whether it may be merged by an event,
--        as it is once the lock is ours.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
SELECT number, NOT identified AND merged_into IS NULL FROM ingest_customer
WHERE organisation_id = %(organisation_id)s AND number = ANY (%(numbers)s::bigint[])
ORDER BY number
FOR UPDATE
