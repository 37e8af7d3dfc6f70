-- Takes: the organisation and customer numbers.
-- Gives: one row per number that was erased.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_erased_number (organisation_id, number).
SELECT e.number FROM ingest_erasedcustomer e
WHERE e.organisation_id = %(organisation_id)s AND e.number = ANY (%(numbers)s::bigint[])
