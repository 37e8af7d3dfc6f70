-- Takes: the organisation.
-- Gives: one row; no events are stored for this organisation until the transaction ends (storing shares this lock).
-- Tenant filter: the organisation is half of the lock's name; 7316 is the other.
-- Window: the transaction.
-- Index relied on: none.
SELECT pg_advisory_xact_lock(7316, %(organisation_id)s::int)
