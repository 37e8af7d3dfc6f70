-- Takes: the organisation, its time zone, an instant.
-- Gives: one row per local month in which customers were first recorded before the instant: its first day, and their
--        numbers as an array in PostgreSQL's binary form.
-- Tenant filter: organisation_id is bound.
-- Window: recorded before the instant.
-- Index relied on: the primary key (organisation_id, number), read whole: a million rows are half a second.
SELECT date_trunc('month', c.created_at AT TIME ZONE %(zone)s::text)::date, array_send(array_agg(c.number))
FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s AND c.created_at < %(before)s
GROUP BY 1
