-- Takes: nothing
-- Gives: one row per object and grantee other than its owner: the privileges, those of PostgreSQL's own objects where they are not as it made them
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
WITH objects (name, owner, acl) AS (
    SELECT 'relation ' || c.oid::regclass, c.relowner, c.relacl
    FROM pg_class c
    LEFT JOIN pg_init_privs i ON i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid = 0
    WHERE c.relnamespace = 'public'::regnamespace
       OR (c.relnamespace = 'pg_catalog'::regnamespace AND c.relacl IS DISTINCT FROM i.initprivs)
    UNION ALL
    SELECT 'column ' || a.attrelid::regclass || '.' || a.attname, c.relowner, a.attacl
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attacl IS NOT NULL
    UNION ALL
    SELECT 'function ' || p.oid::regprocedure, p.proowner, COALESCE(p.proacl, acldefault('f', p.proowner))
    FROM pg_proc p
    LEFT JOIN pg_init_privs i ON i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid
    WHERE p.pronamespace = 'public'::regnamespace
       OR (p.pronamespace = 'pg_catalog'::regnamespace AND p.proacl IS DISTINCT FROM i.initprivs)
    UNION ALL
    SELECT 'schema ' || s.nspname, s.nspowner, COALESCE(s.nspacl, acldefault('n', s.nspowner))
    FROM pg_namespace s
    WHERE s.nspname = 'public'
    UNION ALL
    SELECT 'language ' || l.lanname, l.lanowner, COALESCE(l.lanacl, acldefault('l', l.lanowner))
    FROM pg_language l
    WHERE l.lanpltrusted
    UNION ALL
    SELECT 'database', d.datdba, COALESCE(d.datacl, acldefault('d', d.datdba))
    FROM pg_database d
    WHERE d.datname = current_database()
    UNION ALL
    SELECT 'default ' || f.defaclrole::regrole || ' ' || f.defaclobjtype::text, f.defaclrole, f.defaclacl
    FROM pg_default_acl f
)
SELECT o.name || ' to ' || COALESCE(r.rolname::text, 'PUBLIC'),
       string_agg(e.privilege_type || CASE WHEN e.is_grantable THEN '*' ELSE '' END, ', ' ORDER BY e.privilege_type)
FROM objects o
CROSS JOIN LATERAL aclexplode(o.acl) AS e
LEFT JOIN pg_roles r ON r.oid = e.grantee
WHERE e.grantee <> o.owner
GROUP BY o.name, r.rolname
ORDER BY 1
