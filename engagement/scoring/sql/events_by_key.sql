-- Takes: the organisation, days and message ids.
-- Gives: one row per event that is there: name, properties as JSON text.
-- Tenant filter: organisation_id is bound.
-- Window: the days given.
-- Index relied on: the primary key (organisation_id, day, message_id), once for each key.
SELECT e.day, e.message_id, e.properties::text
FROM unnest(%(days)s::date[], %(message_ids)s::text[]) AS wanted (day, message_id)
JOIN ingest_event e
  ON e.organisation_id = %(organisation_id)s AND e.day = wanted.day AND e.message_id = wanted.message_id
