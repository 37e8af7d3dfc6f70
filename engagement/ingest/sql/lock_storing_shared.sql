-- Takes: the organisation.
-- Gives: one row; many may store at once, but nobody while the counts of a definition are made anew.
-- Tenant filter: the organisation is half of the lock's name; 7316 is the other.
-- Window: the transaction.
-- Index relied on: none.
SELECT pg_advisory_xact_lock_shared(7316, %(organisation_id)s::int)
