-- Takes: nothing.
-- Gives: nothing; from here to the end of the transaction nobody waits for a lock longer than this: a person is waiting.
-- Tenant filter: none, no data.
-- Window: the transaction.
-- Index relied on: none.
SET LOCAL lock_timeout = '5s'
