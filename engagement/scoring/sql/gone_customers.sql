-- Takes: the organisation and customer numbers.
-- Gives: one row per number that is still known: the number, and whether it was merged into another.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
SELECT c.number, c.merged_into IS NOT NULL
FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s AND c.number = ANY (%(numbers)s::bigint[])
