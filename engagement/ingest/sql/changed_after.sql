-- Takes: the organisation, the import, the customer number after which to go on, how many to take.
-- Gives: one row per customer of whom the import changed something, or whom it may have brought, in order.
-- Tenant filter: organisation_id is bound.
-- Window: numbers after the one given.
-- Index relied on: ingest_change_customer (organisation_id, file_import_id, number).
SELECT number FROM ingest_importchange
WHERE organisation_id = %(organisation_id)s AND file_import_id = %(import_id)s AND number > %(after)s
ORDER BY number
LIMIT %(limit)s
