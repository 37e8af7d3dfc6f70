-- Takes: rows in the binary form of COPY, in the order of their keys (services/arriving.py).
-- Gives: nothing; the rows are in the transaction's own table.
-- Tenant filter: none; the table is the transaction's own.
-- Window: the transaction.
-- Index relied on: none.
COPY arriving_event (
    at, lot, customer_number, occurred_at, occurrences, day, is_without_time, is_known, message_id, name, properties
)
FROM STDIN (FORMAT binary)
