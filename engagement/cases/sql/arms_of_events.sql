-- Takes: the organisation, days [day_from, day_before) of the key, instants [from, to), a name and a property of events,
--        the numbers [low, high) of one chunk, and merged customers who count for somebody in it.
-- Gives: one row per customer, the value of the property in their first such event as text, and its instant.
-- Tenant filter: organisation_id is bound.
-- Window: days of the key, which decide the partitions, and instants.
-- Index relied on: the primary key (organisation_id, day, message_id), or that of customers on closed partitions.
SELECT DISTINCT ON (e.customer_number) e.customer_number, e.properties ->> %(property)s::text, e.occurred_at
FROM ingest_event e
WHERE e.organisation_id = %(organisation_id)s
  AND e.day >= %(day_from)s::date AND e.day < %(day_before)s::date
  AND e.occurred_at >= %(from)s::timestamptz AND e.occurred_at < %(to)s::timestamptz
  AND e.name = %(event_name)s::text
  AND e.properties ->> %(property)s::text IS NOT NULL
  AND (e.customer_number >= %(low)s AND e.customer_number < %(high)s OR e.customer_number = ANY (%(merged)s::bigint[]))
ORDER BY e.customer_number, e.occurred_at, e.message_id
