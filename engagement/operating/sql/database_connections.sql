-- Takes: nothing
-- Gives: one row per state: how many connections the runtime role has in it
-- Tenant filter: none; numbers about the whole
-- Window: none
-- Index relied on: none
SELECT COALESCE(state, 'unknown'), count(*)
FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user
GROUP BY 1
ORDER BY 1
