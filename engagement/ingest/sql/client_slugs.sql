-- Takes: nothing.
-- Gives: one row per client: slug and id.
-- Tenant filter: none; maintenance, for commands that go through all of them.
-- Window: none.
-- Index relied on: none; organisations are few.
SELECT slug, id FROM tenants_organisation WHERE kind = 'client' ORDER BY slug
