-- Takes: the organisation.
-- Gives: one row; nobody else stores or counts until the transaction ends.
-- Tenant filter: the organisation is half of the lock's name; 7316 is the other.
-- Window: the transaction.
-- Index relied on: none.
SELECT pg_advisory_xact_lock(7316, %(organisation_id)s::int)
