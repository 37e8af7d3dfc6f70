-- Takes: the organisation and local days.
-- Gives: no rows; all activity of these days is gone.
-- Tenant filter: organisation_id is bound.
-- Window: the days given.
-- Index relied on: the primary key (organisation_id, day, …).
DELETE FROM scoring_activity_open a
WHERE a.organisation_id = %(organisation_id)s AND a.day = ANY (%(days)s::date[])
