-- Takes: the organisation, the numbers of definitions, the first local day.
-- Gives: no rows; what was counted under these definitions on that day and later, and is not packed, is gone.
-- Tenant filter: organisation_id is bound.
-- Window: the day given and every later one.
-- Index relied on: the primary key, by its first two columns.
DELETE FROM scoring_activity_open a
WHERE a.organisation_id = %(organisation_id)s AND a.day >= %(first)s
  AND a.definition = ANY (%(definitions)s::int[])
