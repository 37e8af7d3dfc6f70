-- Takes: nothing
-- Gives: one row per table, view or sequence: kind, owner, row security, partition bound, options
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT c.relname::text,
       concat_ws(' ', c.relkind, c.relpersistence, c.relowner::regrole,
                 CASE WHEN c.relrowsecurity THEN 'rls' END, CASE WHEN c.relforcerowsecurity THEN 'forced' END,
                 (SELECT 'of ' || i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = c.oid),
                 pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid), c.reloptions::text,
                 CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid, true) END)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
ORDER BY 1
