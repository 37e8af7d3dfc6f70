-- Takes: the organisation, and the days around those of the events that came without a time, six for each of them.
-- Gives: nothing; of the rows of arriving_event that came without a time those are known that are there already.
-- Tenant filter: organisation_id is bound.
-- Window: the three days before and after the day of each such event, since a retry may come on a later day, and be
--         stored first. The days are bound as well, so that the plan names no other partition.
-- Index relied on: the primary key (organisation_id, day, message_id), once for each row and day.
UPDATE pg_temp.arriving_event a
SET is_known = true
WHERE a.is_without_time
  AND NOT a.is_known
  AND (
      SELECT true FROM ingest_event e
      WHERE e.organisation_id = %(organisation_id)s
        AND e.day = ANY (%(days)s::date[])
        AND e.day BETWEEN a.day - 3 AND a.day + 3
        AND e.day <> a.day
        AND e.message_id = a.message_id
      LIMIT 1
  )
