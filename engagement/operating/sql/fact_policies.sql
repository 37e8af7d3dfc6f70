-- Takes: nothing
-- Gives: one row per policy: command, whom it binds, its two conditions
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT p.polrelid::regclass || ' ' || p.polname,
       concat_ws(' ', p.polcmd, CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
                 ARRAY(SELECT COALESCE(r.rolname::text, 'PUBLIC') FROM unnest(p.polroles) AS named (role)
                       LEFT JOIN pg_roles r ON r.oid = named.role ORDER BY 1)::text,
                 'using', pg_get_expr(p.polqual, p.polrelid, true), 'check', pg_get_expr(p.polwithcheck, p.polrelid, true))
FROM pg_policy p
ORDER BY 1
