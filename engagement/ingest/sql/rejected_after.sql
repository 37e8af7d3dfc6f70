-- Takes: the organisation, an id, and how many to take.
-- Gives: one row per rejected message or row with a larger id, in the order of ids: id, original bytes, whether it came in
--        a file.
-- Tenant filter: organisation_id is bound.
-- Window: everything rejected that is kept.
-- Index relied on: the primary key (organisation_id, id).
SELECT r.id, r.original, r.file_import_id IS NOT NULL
FROM ingest_rejectedevent r
WHERE r.organisation_id = %(organisation_id)s AND r.id > %(after)s
ORDER BY r.id
LIMIT %(limit)s
