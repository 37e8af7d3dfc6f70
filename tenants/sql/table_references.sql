-- Takes: nothing.
-- Gives: one row per table that points at another: both names.
-- Tenant filter: none; names of tables only, from the catalogue.
-- Window: none.
-- Index relied on: none.
SELECT DISTINCT child.relname::text, parent.relname::text
FROM pg_constraint k
JOIN pg_class child ON child.oid = k.conrelid
JOIN pg_class parent ON parent.oid = k.confrelid
WHERE k.contype = 'f' AND k.conrelid <> k.confrelid AND child.relnamespace = 'public'::regnamespace
  AND NOT child.relispartition
