-- Takes: nothing
-- Gives: the names of all tables that hold rows themselves: partitions, not their parents
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT c.relname::text
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
ORDER BY 1
