-- Takes: the instant before which an import ended long enough ago, how many rows to take.
-- Gives: nothing; so many rows of what imports changed go: they can be undone no more.
-- Tenant filter: none; maintenance, the same for all organisations.
-- Window: imports that ended before the instant, or are not known any more.
-- Index relied on: ingest_change_customer (organisation_id, file_import_id, number), and the key of imports.
DELETE FROM ingest_importchange h
USING (
    SELECT c.organisation_id, c.id FROM ingest_importchange c
    WHERE NOT EXISTS (
        SELECT FROM ingest_fileimport f
        WHERE f.organisation_id = c.organisation_id AND f.id = c.file_import_id
          AND (f.state = 'waiting' OR f.finished_at >= %(before)s)
    )
    LIMIT %(limit)s
) AS old
WHERE h.organisation_id = old.organisation_id AND h.id = old.id
