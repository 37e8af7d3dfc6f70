-- Takes: nothing; runs as the owner.
-- Gives: one row per partition of the event table, oldest first: its name, its first day, the first day after it.
-- Tenant filter: none; names only.
-- Window: none.
-- Index relied on: the catalogue's own.
SELECT part.name, part.first,
       (part.first + CASE WHEN part.of_month IS NULL THEN interval '1 year' ELSE interval '1 month' END)::date
FROM (
    SELECT child.relname::text AS name,
           substring(child.relname from 'm([0-9]{2})$') AS of_month,
           make_date(
               substring(child.relname from 'y([0-9]{4})')::int,
               COALESCE(substring(child.relname from 'm([0-9]{2})$')::int, 1),
               1
           ) AS first
    FROM pg_inherits h
    JOIN pg_class child ON child.oid = h.inhrelid
    WHERE h.inhparent = 'ingest_event'::regclass AND child.relname ~ '^ingest_event_y[0-9]{4}(m[0-9]{2})?$'
) AS part
ORDER BY part.first
