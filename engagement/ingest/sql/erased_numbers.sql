-- Takes: the organisation and customer numbers.
-- Gives: one row per number that nobody has any more: the number, and whether its customer was erased (else the import
--        that brought them was undone).
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number), ingest_erased_number (organisation_id, number).
SELECT asked.number, e.number IS NOT NULL
FROM unnest(%(numbers)s::bigint[]) AS asked (number)
LEFT JOIN ingest_customer c ON c.organisation_id = %(organisation_id)s AND c.number = asked.number
LEFT JOIN ingest_erasedcustomer e ON e.organisation_id = %(organisation_id)s AND e.number = asked.number
WHERE c.number IS NULL
