-- Takes: the organisation, its time zone, local days, and the first and last of them.
-- Gives: one row: how many events from files lie on those days.
-- Tenant filter: organisation_id is bound.
-- Window: events from files whose local day is one of the days, as delete_days.sql deletes them.
-- Index relied on: the primary key (organisation_id, day, message_id), by its first two columns.
SELECT count(*) FROM ingest_event
WHERE organisation_id = %(organisation_id)s
  AND day >= %(first)s::date - 1
  AND day <= %(last)s::date + 1
  AND from_file
  AND (occurred_at AT TIME ZONE %(time_zone)s)::date = ANY (%(days)s::date[])
