-- Takes: the organisation, days [day_from, day_before) of the key, instants [from, to), blanks that surround no name.
-- Gives: one row per event name, the most frequent first: name, events, customers, first and last instant, key of the
--        latest event as text (day, blank, message id).
-- Tenant filter: organisation_id is bound.
-- Window: days of the key, which decide the partitions, and instants.
-- Index relied on: the primary key (organisation_id, day, message_id).
SELECT of_customer.name, sum(of_customer.events)::bigint AS events, count(*),
       min(of_customer.first_at), max(of_customer.last_at), max(of_customer.latest)
FROM (
    SELECT btrim(e.name, %(blanks)s) AS name, e.customer_number, count(*) AS events,
           min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at,
           max((e.day::text || ' ' || e.message_id) COLLATE "C") AS latest
    FROM ingest_event e
    WHERE e.organisation_id = %(organisation_id)s
      AND e.day >= %(day_from)s::date AND e.day < %(day_before)s::date
      AND e.occurred_at >= %(from)s::timestamptz AND e.occurred_at < %(to)s::timestamptz
    GROUP BY 1, 2
) AS of_customer
GROUP BY of_customer.name
ORDER BY events DESC, of_customer.name
