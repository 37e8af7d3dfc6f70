-- Takes: the organisation.
-- Gives: one row: whether its watched folder is ours until the transaction ends; false while another worker has it.
-- Tenant filter: the organisation is half of the lock's name; 7326 is the other.
-- Window: the transaction.
-- Index relied on: none.
SELECT pg_try_advisory_xact_lock(7326, %(organisation_id)s::int)
