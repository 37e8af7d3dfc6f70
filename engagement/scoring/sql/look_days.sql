-- Takes: the organisation, its time zone, days [day_from, day_before) of the key, instants [from, to), blanks that
--        surround no name.
-- Gives: one row per local day, name and source: the day, the name, events; the source is the write key, the kind and the
--        connection of the request (null where the request is kept no more), or the file import.
-- Tenant filter: organisation_id is bound.
-- Window: days of the key, which decide the partitions, and instants.
-- Index relied on: the primary key (organisation_id, day, message_id); requests by their primary key.
SELECT (e.occurred_at AT TIME ZONE %(zone)s)::date AS day, btrim(e.name, %(blanks)s) AS name, count(*),
       b.key_id, b.kind, e.from_file, b.connection_id
FROM ingest_event e
LEFT JOIN ingest_ingestbatch b ON b.organisation_id = %(organisation_id)s AND b.id = e.source_id
WHERE e.organisation_id = %(organisation_id)s
  AND e.day >= %(day_from)s::date AND e.day < %(day_before)s::date
  AND e.occurred_at >= %(from)s::timestamptz AND e.occurred_at < %(to)s::timestamptz
GROUP BY 1, 2, 4, 5, 6, 7
