-- Takes: the organisation, days and message ids of the events that some requests brought, the ids of these requests.
-- Gives: one row per event that one of them stored: day, message id, request, customer number, the customer's id, whether
--        identified, into whom merged (number and id, null for nobody).
-- Tenant filter: organisation_id is bound.
-- Window: the days given.
-- Index relied on: the primary keys (organisation_id, day, message_id) and (organisation_id, number), once for each key.
SELECT e.day, e.message_id, e.source_id, e.customer_number, c.external_id, c.identified, c.merged_into, m.external_id
FROM unnest(%(days)s::date[], %(message_ids)s::text[]) AS wanted (day, message_id)
JOIN ingest_event e
  ON e.organisation_id = %(organisation_id)s AND e.day = wanted.day AND e.message_id = wanted.message_id
LEFT JOIN ingest_customer c ON c.organisation_id = %(organisation_id)s AND c.number = e.customer_number
LEFT JOIN ingest_customer m ON m.organisation_id = %(organisation_id)s AND m.number = c.merged_into
WHERE e.source_id = ANY (%(source_ids)s::uuid[])
