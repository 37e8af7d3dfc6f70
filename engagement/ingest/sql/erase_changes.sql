-- Takes: the organisation, customer numbers.
-- Gives: nothing; the count of deleted rows is the statement's.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_change_number (organisation_id, number).
DELETE FROM ingest_importchange
WHERE organisation_id = %(organisation_id)s AND number = ANY (%(numbers)s::bigint[])
