-- Takes: the organisation and its time zone, the import and when it was uploaded, days of the key, ids for new rows.
-- Gives: one row per local day of what was deleted: the day, how many events. Customers who came no earlier than the
--        import are noted as ones it may have brought (ingest_importchange).
-- Tenant filter: organisation_id is bound.
-- Window: events of the import with one of the days.
-- Index relied on: the primary key (organisation_id, day, message_id), by its first two columns.
WITH gone AS (
    DELETE FROM ingest_event
    WHERE organisation_id = %(organisation_id)s AND day = ANY (%(days)s::date[]) AND source_id = %(import_id)s
    RETURNING customer_number, occurred_at
), noted AS (
    INSERT INTO ingest_importchange (
        organisation_id, id, file_import_id, number, former, given, former_email, former_updated_at
    )
    SELECT %(organisation_id)s, gen_random_uuid(), %(import_id)s, c.number, '{}', '{}', '', c.updated_at
    FROM ingest_customer c
    WHERE c.organisation_id = %(organisation_id)s AND c.created_at >= %(since)s
      AND c.number IN (SELECT gone.customer_number FROM gone)
    ON CONFLICT (organisation_id, file_import_id, number) DO NOTHING
)
SELECT (gone.occurred_at AT TIME ZONE %(time_zone)s)::date AS local_day, count(*)
FROM gone
GROUP BY local_day
ORDER BY local_day
