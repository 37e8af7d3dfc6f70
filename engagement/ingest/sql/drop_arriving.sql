-- Takes: nothing.
-- Gives: nothing; the next chunk of the same transaction makes its own.
-- Tenant filter: none; the table is the transaction's own.
-- Window: the transaction.
-- Index relied on: none.
DROP TABLE pg_temp.arriving_event
