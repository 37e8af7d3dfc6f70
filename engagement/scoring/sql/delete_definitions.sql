-- Takes: the organisation and the numbers of definitions.
-- Gives: no rows; all activity counted under these definitions is gone.
-- Tenant filter: organisation_id is bound.
-- Window: every day.
-- Index relied on: the primary key, by its first column.
DELETE FROM scoring_activity_open a
WHERE a.organisation_id = %(organisation_id)s AND a.definition = ANY (%(definitions)s::int[])
