-- Takes: the organisation.
-- Gives: one row; nothing is counted anew for this organisation until the transaction ends, while storing goes on.
-- Tenant filter: the organisation is half of the lock's name; 7316 is the other.
-- Window: the transaction.
-- Index relied on: none.
SELECT pg_advisory_xact_lock_shared(7316, %(organisation_id)s::int)
