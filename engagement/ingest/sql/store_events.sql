-- Takes: the organisation, the source, the time of receipt, and the rows of arriving_event.
-- Gives: one row per event that was not there before: its day and message id. Only these count as stored.
-- Tenant filter: organisation_id is bound, in the insert and in the look back.
-- Window: the day of each event; one that came without a time has the day of receipt and is looked for in the three
--         days before as well, since a retry may come on a later day.
-- Index relied on: the primary key (organisation_id, day, message_id). Inserting in its order keeps two workers with
--         the same events from waiting for each other.
INSERT INTO ingest_event (
    organisation_id, customer_number, occurred_at, received_at, occurrences, day, source_id, from_file, message_id,
    name, properties
)
SELECT %(organisation_id)s, a.customer_number, a.occurred_at, %(received_at)s, a.occurrences, a.day, %(source_id)s,
       %(from_file)s, a.message_id, a.name, a.properties
FROM pg_temp.arriving_event a
WHERE NOT a.is_without_time
   OR NOT EXISTS (
       SELECT FROM ingest_event earlier
       WHERE earlier.organisation_id = %(organisation_id)s
         AND earlier.day = ANY (ARRAY[a.day - 1, a.day - 2, a.day - 3])
         AND earlier.message_id = a.message_id
   )
ORDER BY a.day, a.message_id
ON CONFLICT (organisation_id, day, message_id) DO NOTHING
RETURNING day, message_id
