-- Takes: the organisation and the instant.
-- Gives: nothing; the row goes if it is still to be deleted.
-- Tenant filter: the id; maintenance.
-- Window: none.
-- Index relied on: the primary key.
DELETE FROM tenants_organisation WHERE id = %(id)s AND delete_after <= %(now)s
