-- Takes: the organisation, the import, customer numbers.
-- Gives: nothing; what the import changed of them is forgotten.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_change_customer (organisation_id, file_import_id, number).
DELETE FROM ingest_importchange
WHERE organisation_id = %(organisation_id)s AND file_import_id = %(import_id)s AND number = ANY (%(numbers)s::bigint[])
