-- Takes: the organisation, the places in arriving_event of the rows that were not stored, the sources of the lots, and
--        the days looked at.
-- Gives: one row per lot with conflicts: the lot, and how many of its rows say something else than the event with their
--        key that is there: another customer, name, number of occurrences or properties. What a later lot brought was
--        not there yet.
-- Tenant filter: organisation_id is bound.
-- Window: the day of each event, and of one without a time the three days before and after as well. The days are
--         bound too, so that the plan names no other partition.
-- Index relied on: the primary key (organisation_id, day, message_id), once for each row and day.
SELECT a.lot, count(*)
FROM pg_temp.arriving_event a
LEFT JOIN LATERAL (
    SELECT true AS is_there FROM ingest_event e
    WHERE e.organisation_id = %(organisation_id)s
      AND e.day = ANY (%(days)s::date[])
      AND e.day BETWEEN CASE WHEN a.is_without_time THEN a.day - 3 ELSE a.day END
                    AND CASE WHEN a.is_without_time THEN a.day + 3 ELSE a.day END
      AND e.message_id = a.message_id
      AND e.customer_number = a.customer_number
      AND e.name = a.name
      AND e.occurrences = a.occurrences
      AND e.properties = a.properties
      AND COALESCE(array_position(%(source_ids)s::uuid[], e.source_id), 0) <= a.lot
    LIMIT 1
) AS same ON true
WHERE a.at = ANY (%(places)s::integer[])
  AND same.is_there IS NULL
GROUP BY a.lot
