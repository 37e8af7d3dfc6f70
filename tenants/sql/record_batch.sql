-- Takes: the organisation, the number and id after which to go on, how many rows at most.
-- Gives: one row per entry of the record: number, id, time, content, hash; by number.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: tenants_auditentry_number (organisation_id, number).
SELECT number, id, at, content, hash
FROM tenants_auditentry
WHERE organisation_id = %(organisation_id)s
  AND (number, id) > (%(number)s::bigint, %(id)s::uuid)
ORDER BY number, id
LIMIT %(rows)s
