-- Takes: nothing
-- Gives: one row per index: its definition, whether it can be used
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT i.indexrelid::regclass::text,
       concat_ws(' ', pg_get_indexdef(i.indexrelid, 0, true), CASE WHEN NOT i.indisvalid THEN 'invalid' END)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace
ORDER BY 1
