-- Takes: the organisation, the import, and the first and last day in the keys of what it brought.
-- Gives: one row per day with an event of the import, in order: the day, how many.
-- Tenant filter: organisation_id is bound.
-- Window: the days; they bound the partitions that are looked at.
-- Index relied on: the primary key (organisation_id, day, message_id), by its first two columns.
SELECT day, count(*)
FROM ingest_event
WHERE organisation_id = %(organisation_id)s AND day BETWEEN %(first)s AND %(last)s AND source_id = %(import_id)s
GROUP BY day
ORDER BY day
