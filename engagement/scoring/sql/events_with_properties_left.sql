-- Takes: the organisation, the number of the machine rules whose labelled events are left out, days
--        [day_from, day_before) of the key, instants [from, to), blanks that surround no name,
--        the names that count.
-- Gives: one row per event: customer, microseconds from 2000-01-01 UTC, how often, name, properties as JSON text.
-- Tenant filter: organisation_id is bound.
-- Window: days of the key, which decide the partitions, and instants; either may be all there are.
-- Index relied on: the primary key (organisation_id, day, message_id), or BRIN on occurred_at; labels by their own key.
SELECT e.customer_number,
       (EXTRACT(EPOCH FROM e.occurred_at - timestamptz '2000-01-01 00:00:00+00') * 1000000)::bigint,
       e.occurrences, e.name, e.properties::text
FROM ingest_event e
WHERE e.organisation_id = %(organisation_id)s
  AND e.day >= %(day_from)s::date AND e.day < %(day_before)s::date
  AND e.occurred_at >= %(from)s::timestamptz AND e.occurred_at < %(to)s::timestamptz
  AND btrim(e.name, %(blanks)s) = ANY (%(names)s::text[])
  AND NOT EXISTS (
      SELECT 1 FROM scoring_machine_label l
      WHERE l.organisation_id = %(organisation_id)s AND l.rule_set = %(left_out)s::integer
        AND l.day = e.day AND l.message_id = e.message_id
  )
