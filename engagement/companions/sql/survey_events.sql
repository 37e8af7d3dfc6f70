-- Takes: the organisation, the names, blanks that surround no name, instants [received_from, received_before).
-- Gives: one row per event: customer, when it happened, when it was received, its own id, its name, its properties as JSON text.
-- Tenant filter: organisation_id is bound.
-- Window: when events were received; everything the first time.
-- Index relied on: none for when events were received, which none has: partitions are read through, in the background.
SELECT e.customer_number, e.occurred_at, e.received_at, e.message_id, btrim(e.name, %(blanks)s), e.properties::text
FROM ingest_event e
WHERE e.organisation_id = %(organisation_id)s
  AND e.received_at >= %(received_from)s::timestamptz AND e.received_at < %(received_before)s::timestamptz
  AND btrim(e.name, %(blanks)s) = ANY (%(names)s::text[])
