-- Takes: nothing; runs as the maintenance role.
-- Gives: one row per organisation that keeps events for so many days: its id, time zone, the days, a sample's own today.
-- Tenant filter: none; maintenance goes through all, one after the other.
-- Window: none.
-- Index relied on: none; organisations are few.
SELECT o.id, o.time_zone, o.keep_event_days, o.sample_today
FROM tenants_organisation o
WHERE o.keep_event_days IS NOT NULL
ORDER BY o.id
