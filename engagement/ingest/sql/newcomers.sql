-- Takes: the organisation, an import and when its reading began, customer numbers.
-- Gives: one row per customer who was numbered since then and of whom nothing is kept by the import yet: a worker that
--        was killed between numbering and storing may have brought them.
-- Tenant filter: organisation_id is bound.
-- Window: since the reading began.
-- Index relied on: the primary key (organisation_id, number), ingest_change_customer (organisation_id, file_import_id,
--         number).
SELECT c.number
FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s AND c.number = ANY (%(numbers)s::bigint[])
  AND c.created_at >= %(since)s AND c.traits = '{}'
  AND NOT EXISTS (
      SELECT FROM ingest_importchange h
      WHERE h.organisation_id = %(organisation_id)s AND h.file_import_id = %(import_id)s AND h.number = c.number
  )
