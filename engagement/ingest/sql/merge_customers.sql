-- Takes: the organisation, and parallel arrays: number of the anonymous customer, number of who it turned out to be.
-- Gives: one row per customer merged now; somebody who is merged already stays where they are.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
UPDATE ingest_customer c
SET merged_into = pair.target
FROM unnest(%(anonymous)s::bigint[], %(targets)s::bigint[]) AS pair (anonymous, target)
WHERE c.organisation_id = %(organisation_id)s
  AND c.number = pair.anonymous
  AND NOT c.identified
  AND c.merged_into IS NULL
RETURNING c.number
