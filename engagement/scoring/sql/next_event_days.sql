-- Takes: the organisation, days [day_from, day_before) of the key, how many events to look at.
-- Gives: one row per day among the next so many events: the day, how many of them it has (the last one may have more).
-- Tenant filter: organisation_id is bound.
-- Window: days of the key.
-- Index relied on: the primary key (organisation_id, day, message_id), read alone and no further than so many events.
SELECT following.day, count(*)
FROM (
    SELECT e.day
    FROM ingest_event e
    WHERE e.organisation_id = %(organisation_id)s AND e.day >= %(day_from)s AND e.day < %(day_before)s
    ORDER BY e.day
    LIMIT %(events)s
) AS following
GROUP BY following.day
ORDER BY following.day
