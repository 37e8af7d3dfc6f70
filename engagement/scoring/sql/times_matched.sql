-- Takes: the organisation, the local days [first, last], the numbers of definitions.
-- Gives: one row per definition with activity: its number, occurrences.
-- Tenant filter: organisation_id is bound.
-- Window: local days, both ends included.
-- Index relied on: the primary key (organisation_id, day, …).
SELECT a.definition, sum(a.occurrences)::bigint
FROM scoring_activity_open a
WHERE a.organisation_id = %(organisation_id)s
  AND a.day BETWEEN %(first)s AND %(last)s
  AND a.definition = ANY (%(definitions)s::int[])
GROUP BY a.definition
