-- Takes: the organisation.
-- Gives: one row; until the transaction ends, nobody else defines or changes a theme of the organisation.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: none; it is a lock on two numbers.
SELECT pg_advisory_xact_lock(7325, %(organisation_id)s::int)
