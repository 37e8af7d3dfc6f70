-- Takes: the organisation.
-- Gives: the number and hash its record ends with; no row before the first entry.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key of tenants_auditchain.
SELECT number, hash FROM tenants_auditchain WHERE organisation_id = %(organisation_id)s
