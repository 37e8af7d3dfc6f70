-- Takes: the organisation.
-- Gives: one row per customer who was merged into another: the number and whom it was merged into.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_customer_merged (organisation_id, merged_into) WHERE merged_into IS NOT NULL.
SELECT c.number, c.merged_into
FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s AND c.merged_into IS NOT NULL
