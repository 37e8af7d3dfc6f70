-- Takes: the name of a table.
-- Gives: one row per column of it by which rows point at rows of the same table, the organisation's own column aside.
-- Tenant filter: none; names of columns only, from the catalogue.
-- Window: none.
-- Index relied on: none.
SELECT a.attname::text
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
WHERE k.contype = 'f' AND k.conrelid = k.confrelid AND c.relname = %(table)s
  AND c.relnamespace = 'public'::regnamespace AND a.attname <> 'organisation_id'
