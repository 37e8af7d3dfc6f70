-- Takes: nothing; runs as the owner.
-- Gives: one row per monthly partition of the event table: its name, and whether it has a valid customer index.
-- Tenant filter: none; names only.
-- Window: none.
-- Index relied on: the catalogue's own.
SELECT child.relname,
       EXISTS (
           SELECT FROM pg_index i
           JOIN pg_class x ON x.oid = i.indexrelid
           WHERE i.indrelid = child.oid AND x.relname = child.relname || '_customer' AND i.indisvalid
       )
FROM pg_inherits h
JOIN pg_class child ON child.oid = h.inhrelid
WHERE h.inhparent = 'ingest_event'::regclass AND child.relname ~ '^ingest_event_y[0-9]{4}m[0-9]{2}$'
ORDER BY child.relname
