-- Takes: nothing
-- Gives: one row per sequence: the last value and whether it has been given out; 0 when it was never used
-- Tenant filter: none; it reads the catalogue, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT s.sequencename::text, COALESCE(s.last_value, 0)
FROM pg_sequences s
WHERE s.schemaname = 'public'
ORDER BY 1
