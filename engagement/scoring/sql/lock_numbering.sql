-- Takes: the organisation.
-- Gives: one row; nobody else gets a number of this organisation's versions until the transaction ends.
-- Tenant filter: the organisation is half of the lock's name; 7317 is the other.
-- Window: the transaction.
-- Index relied on: none.
SELECT pg_advisory_xact_lock(7317, %(organisation_id)s::int)
