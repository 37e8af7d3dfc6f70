-- Takes: nothing; runs as the maintenance role.
-- Gives: one row per organisation: its id.
-- Tenant filter: none; maintenance goes through all, one after the other.
-- Window: none.
-- Index relied on: the primary key.
SELECT id FROM tenants_organisation ORDER BY id
