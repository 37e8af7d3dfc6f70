-- Takes: nothing
-- Gives: one row per function, trigger, type of ours and extension: its definition
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT 'function ' || p.oid::regprocedure, p.proowner::regrole || ' ' || pg_get_functiondef(p.oid)
FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
UNION ALL
SELECT 'trigger ' || t.tgrelid::regclass || ' ' || t.tgname, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid, true)
FROM pg_trigger t
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'type ' || t.oid::regtype, t.typowner::regrole || ' '
       || ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)::text
FROM pg_type t
WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'r')
UNION ALL
SELECT 'extension ' || x.extname, x.extversion
FROM pg_extension x
ORDER BY 1
