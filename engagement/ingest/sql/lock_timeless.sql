-- Takes: the organisation.
-- Gives: one row; nobody else stores events without a time until the transaction ends.
-- Tenant filter: the organisation is half of the lock's name; 7330 is the other.
-- Window: the transaction.
-- Index relied on: none.
SELECT pg_advisory_xact_lock(7330, %(organisation_id)s::int)
