-- Takes: the organisation.
-- Gives: one row per file of its exports: the name on disk.
-- Tenant filter: the id; maintenance.
-- Window: none.
-- Index relied on: the primary key (organisation_id, id).
SELECT stored_as FROM tenants_takeout WHERE organisation_id = %(id)s AND stored_as <> ''
