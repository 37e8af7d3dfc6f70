-- Takes: the organisation, how many of the latest events to look at, how many names to give.
-- Gives: one row per event name, the most frequent first: name, occurrences, first and last day seen, events looked at.
-- Tenant filter: organisation_id is bound.
-- Window: the latest events by day; a bound, so that a busy client's page is as quick.
-- Index relied on: the primary key (organisation_id, day, message_id), read from its end, partition by partition.
SELECT latest.name, sum(latest.occurrences)::bigint AS times, min(latest.day), max(latest.day),
       (sum(count(*)) OVER ())::bigint AS looked_at
FROM (
    SELECT e.name, e.occurrences, e.day
    FROM ingest_event e
    WHERE e.organisation_id = %(organisation_id)s
    ORDER BY e.day DESC
    LIMIT %(sample)s
) AS latest
GROUP BY latest.name
ORDER BY times DESC, latest.name
LIMIT %(names)s
