-- Takes: the organisation, the import and when it was uploaded, customer numbers.
-- Gives: one row per customer who came no earlier than the import and of whom nothing else is known: no event, no trait,
--        nobody merged with them, no word of a person, no other file that changed them.
-- Tenant filter: organisation_id is bound.
-- Window: every day since the import was uploaded is as good as any: an event may have happened at any time.
-- Index relied on: the primary key (organisation_id, number); for events, the customer index of closed partitions.
SELECT c.number
FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s AND c.number = ANY (%(numbers)s::bigint[])
  AND c.created_at >= %(since)s AND c.traits = '{}' AND NOT c.excluded AND c.merged_into IS NULL
  AND c.number <> ALL (ARRAY(
      SELECT DISTINCT e.customer_number FROM ingest_event e
      WHERE e.organisation_id = %(organisation_id)s AND e.customer_number = ANY (%(numbers)s::bigint[])
  ))
  AND NOT EXISTS (
      SELECT FROM ingest_customer m WHERE m.organisation_id = %(organisation_id)s AND m.merged_into = c.number
  )
  AND NOT EXISTS (
      SELECT FROM ingest_identitychange i
      WHERE i.organisation_id = %(organisation_id)s AND (i.number = c.number OR i.target = c.number)
  )
  AND NOT EXISTS (
      SELECT FROM ingest_importchange h
      WHERE h.organisation_id = %(organisation_id)s AND h.number = c.number AND h.file_import_id <> %(import_id)s
  )
ORDER BY c.number
