-- Takes: the organisation; for each lot of rows in arriving_event its source and time of receipt, as arrays; whether they
--        are files; how many rows there are.
-- Gives: the places in arriving_event of the rows that were not stored, because an event with their key is there.
-- Tenant filter: organisation_id is bound.
-- Window: the day of each event.
-- Index relied on: the primary key (organisation_id, day, message_id). The rows come, and are inserted, in its order: that
--         keeps two workers with the same events from waiting for each other.
WITH stored AS (
    INSERT INTO ingest_event (
        organisation_id, customer_number, occurred_at, received_at, occurrences, day, source_id, from_file, message_id,
        name, properties
    )
    SELECT %(organisation_id)s, a.customer_number, a.occurred_at, (%(received_at)s::timestamptz[])[a.lot], a.occurrences,
           a.day, (%(source_ids)s::uuid[])[a.lot], %(from_file)s, a.message_id, a.name, a.properties
    FROM pg_temp.arriving_event a
    WHERE NOT a.is_known
    ORDER BY a.at
    ON CONFLICT (organisation_id, day, message_id) DO NOTHING
    RETURNING day, message_id
)
SELECT a.at
FROM pg_temp.arriving_event a
LEFT JOIN stored ON stored.day = a.day AND stored.message_id = a.message_id
WHERE (a.is_known OR stored.message_id IS NULL)
  AND (SELECT count(*) FROM stored) < %(n_rows)s  -- else there is nothing to look for, and nothing is joined
