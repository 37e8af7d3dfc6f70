-- Takes: the instant before which a file was read or failed long enough ago, how many to take.
-- Gives: nothing; so many records of files go, none with a rejected row or a change that is kept, none that waits.
-- Tenant filter: none; maintenance, the same for all organisations.
-- Window: finished before the instant; one that waits for somebody to decide, uploaded before it.
-- Index relied on: ingest_rejected_import (organisation_id, file_import_id) for what was rejected; imports are few.
DELETE FROM ingest_fileimport f
USING (
    SELECT i.organisation_id, i.id FROM ingest_fileimport i
    WHERE i.state <> 'waiting' AND COALESCE(i.finished_at, i.created_at) < %(before)s
      AND NOT EXISTS (
          SELECT FROM ingest_importchange h WHERE h.organisation_id = i.organisation_id AND h.file_import_id = i.id
      )
      AND NOT EXISTS (
          SELECT FROM ingest_rejectedevent r WHERE r.organisation_id = i.organisation_id AND r.file_import_id = i.id
      )
    LIMIT %(limit)s
) AS old
WHERE f.organisation_id = old.organisation_id AND f.id = old.id
