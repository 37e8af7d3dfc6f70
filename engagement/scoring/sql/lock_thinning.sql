-- Takes: the organisation's id within 31 bits.
-- Gives: nothing; waits until nobody else thins this organisation's runs. The lock ends with the transaction.
-- Tenant filter: the lock's second number is the organisation.
-- Window: none.
-- Index relied on: none.
SELECT pg_advisory_xact_lock(7319, %(organisation)s)
