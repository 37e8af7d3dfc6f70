-- Takes: nothing.
-- Gives: one row per table that holds rows of organisations: its name, and the column that says whose a row is.
-- Tenant filter: none; names of tables only, from the catalogue, so that no table is forgotten.
-- Window: none.
-- Index relied on: none.
SELECT c.relname::text, a.attname::text
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND (a.attname = 'organisation_id' OR (c.relname = 'tenants_organisation' AND a.attname = 'id'))
ORDER BY c.relname
