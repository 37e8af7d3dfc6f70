-- Takes: the organisation and local days.
-- Gives: no rows; the packed activity of these days is gone.
-- Tenant filter: organisation_id is bound.
-- Window: the days given.
-- Index relied on: the primary key (organisation_id, day, chunk).
DELETE FROM scoring_activity_block b
WHERE b.organisation_id = %(organisation_id)s AND b.day = ANY (%(days)s::date[])
