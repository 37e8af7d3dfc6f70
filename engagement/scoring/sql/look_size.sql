-- Takes: the organisation, days [day_from, day_before) of the key, how many events to count at most.
-- Gives: one row: how many events there are, or `most`.
-- Tenant filter: organisation_id is bound.
-- Window: days of the key.
-- Index relied on: the primary key (organisation_id, day, message_id), read alone and no further than so many events.
SELECT count(*)
FROM (
    SELECT 1
    FROM ingest_event e
    WHERE e.organisation_id = %(organisation_id)s
      AND e.day >= %(day_from)s::date AND e.day < %(day_before)s::date
    LIMIT %(most)s
) AS first_ones
