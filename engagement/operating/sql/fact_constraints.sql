-- Takes: nothing
-- Gives: one row per constraint: its definition, whether it has been validated (printed "pretty": a condition restored
--        from a dump has lost the brackets that AND does not need, and is the same condition)
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT COALESCE(n.conrelid::regclass::text, n.contypid::regtype::text) || ' ' || n.conname,
       concat_ws(' ', pg_get_constraintdef(n.oid, true), CASE WHEN NOT n.convalidated THEN 'not validated' END)
FROM pg_constraint n
WHERE n.connamespace = 'public'::regnamespace
ORDER BY 1
