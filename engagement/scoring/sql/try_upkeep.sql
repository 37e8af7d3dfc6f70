-- Takes: the organisation.
-- Gives: one row, whether the lock was free: whoever packs or rolls up in the background holds it, one at a time.
-- Tenant filter: the organisation is half of the lock's name; 7319 is the other.
-- Window: the transaction.
-- Index relied on: none.
SELECT pg_try_advisory_xact_lock(7319, %(organisation_id)s::int)
