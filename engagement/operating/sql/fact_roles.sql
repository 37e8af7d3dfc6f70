-- Takes: roles
-- Gives: one row per role of ours and one for the database: attributes, memberships, settings, encoding
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT 'role ' || r.rolname,
       concat_ws(' ', CASE WHEN r.rolcanlogin THEN 'login' END, CASE WHEN r.rolsuper THEN 'superuser' END,
                 CASE WHEN r.rolbypassrls THEN 'bypassrls' END, CASE WHEN r.rolcreaterole THEN 'createrole' END,
                 CASE WHEN r.rolcreatedb THEN 'createdb' END, CASE WHEN r.rolreplication THEN 'replication' END,
                 ARRAY(SELECT concat_ws(' ', m.roleid::regrole, m.inherit_option, m.set_option)
                       FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1)::text,
                 (SELECT s.setconfig::text FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0))
FROM pg_roles r
WHERE r.rolname = ANY (%(roles)s)
UNION ALL
SELECT 'database',
       concat_ws(' ', d.datdba::regrole, pg_encoding_to_char(d.encoding), d.datlocprovider, d.datcollate, d.datctype)
FROM pg_database d
WHERE d.datname = current_database()
ORDER BY 1
