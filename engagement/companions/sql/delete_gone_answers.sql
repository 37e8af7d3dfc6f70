-- Takes: the organisation and its time zone, local days, the first and the last of them.
-- Gives: one row per answer of those days that was read from an event which is not there any more; it is deleted.
-- Tenant filter: organisation_id is bound.
-- Window: the days.
-- Index relied on: companions_answer_day (organisation_id, day); for events the BRIN index on when they happened.
DELETE FROM companions_surveyanswer a
WHERE a.organisation_id = %(organisation_id)s AND a.source = 'event' AND a.day = ANY (%(days)s::date[])
  AND a.key <> ALL (ARRAY(
      SELECT encode(sha256(convert_to(e.message_id, 'UTF8')), 'hex')
      FROM ingest_event e
      WHERE e.organisation_id = %(organisation_id)s
        AND e.occurred_at >= (%(first)s::date)::timestamp AT TIME ZONE %(time_zone)s
        AND e.occurred_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(time_zone)s
  ))
RETURNING a.id
