-- Takes: the organisation, customer numbers.
-- Gives: nothing; the count of deleted rows is the statement's.
-- Tenant filter: organisation_id is bound.
-- Window: every day.
-- Index relied on: the customer index of closed partitions; the others are read by organisation.
DELETE FROM ingest_event e
WHERE e.organisation_id = %(organisation_id)s AND e.customer_number = ANY (%(numbers)s::bigint[])
