-- Takes: the organisation.
-- Gives: one row, once nobody else counts its events by name and day, or lets go of what was counted; held until the
--        transaction ends.
-- Tenant filter: the lock's second number is the organisation.
-- Window: none.
-- Index relied on: none.
SELECT pg_advisory_xact_lock(7326, %(organisation_id)s::integer)
