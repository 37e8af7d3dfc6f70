-- Takes: the organisation, the instant before which its events are outlived, how many to delete.
-- Gives: nothing; the count of deleted rows is the statement's.
-- Tenant filter: organisation_id is bound, on both sides; runs as the maintenance role, which no policy binds.
-- Window: events that happened before the instant. A day of the key after it is one that a wrong clock gave: such an
--         event stays, so that only old partitions are looked at.
-- Index relied on: the primary key (organisation_id, day, message_id), oldest day first.
DELETE FROM ingest_event e
USING (
    SELECT old.day, old.message_id
    FROM ingest_event old
    WHERE old.organisation_id = %(organisation_id)s
      AND old.day <= (%(before)s::timestamptz AT TIME ZONE 'UTC')::date
      AND old.occurred_at < %(before)s
    ORDER BY old.day
    LIMIT %(events)s
) AS outlived
WHERE e.organisation_id = %(organisation_id)s
  AND e.day = outlived.day
  AND e.message_id = outlived.message_id
