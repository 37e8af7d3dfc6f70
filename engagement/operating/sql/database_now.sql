-- Takes: nothing
-- Gives: one row: age of the oldest waiting work in seconds, bytes of the database, connections the server allows
-- Tenant filter: none; numbers about the whole
-- Window: none
-- Index relied on: those of the function
SELECT public.queue_age(), pg_database_size(current_database()), current_setting('max_connections')::int
