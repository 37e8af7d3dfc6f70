-- Takes: rows in the text form of COPY.
-- Gives: nothing; the rows are in the transaction's own table.
-- Tenant filter: none; the table is the transaction's own.
-- Window: the transaction.
-- Index relied on: none.
COPY arriving_event (customer_number, occurred_at, occurrences, day, is_without_time, message_id, name, properties)
FROM STDIN
