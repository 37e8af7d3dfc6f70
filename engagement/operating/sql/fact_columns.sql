-- Takes: nothing
-- Gives: one row per column: type, collation, not null, default or identity
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT c.relname || '.' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
                 NULLIF(a.attidentity::text, ''), NULLIF(a.attgenerated::text, ''), pg_get_expr(d.adbin, d.adrelid, true),
                 (SELECT o.collname FROM pg_collation o WHERE o.oid = a.attcollation AND o.collname <> 'default'))
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1
