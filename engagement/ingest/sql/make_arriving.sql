-- Takes: nothing.
-- Gives: a table of this transaction's own; COPY into a tenant's table is refused, because it would pass the policies by.
-- Tenant filter: none; the table is the transaction's own.
-- Window: the transaction.
-- Index relied on: none.
CREATE TEMPORARY TABLE arriving_event (
    at integer,
    lot integer,
    customer_number bigint,
    occurred_at timestamptz,
    occurrences integer,
    day date,
    is_without_time boolean,
    is_known boolean,
    message_id text,
    name text,
    properties jsonb
) ON COMMIT DROP
