-- Takes: the address part of an organisation.
-- Gives: at most one row: its id.
-- Tenant filter: none; a command at the operator's shell names the organisation, over the owner's connection.
-- Window: none.
-- Index relied on: tenants_organisation_slug.
SELECT id FROM tenants_organisation WHERE slug = %(slug)s
