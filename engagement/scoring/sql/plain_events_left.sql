-- Takes: the organisation, the number of the machine rules whose labelled events are left out, days
--        [day_from, day_before) of the key, instants [from, to), blanks that surround no name,
--        the names that count.
-- Gives: one row per event: customer, when, how often, the place of its name in the list (from 1), in the binary form
--        of COPY, where each row has the same length: a day of millions of events passes through in parts.
-- Tenant filter: organisation_id is bound.
-- Window: days of the key, which decide the partitions, and instants; either may be all there are.
-- Index relied on: the primary key (organisation_id, day, message_id), or BRIN on occurred_at; labels by their own key.
COPY (
    SELECT e.customer_number, e.occurred_at, e.occurrences, n.place::integer
    FROM ingest_event e
    JOIN unnest(%(names)s::text[]) WITH ORDINALITY AS n (name, place) ON n.name = btrim(e.name, %(blanks)s)
    WHERE e.organisation_id = %(organisation_id)s
      AND e.day >= %(day_from)s::date AND e.day < %(day_before)s::date
      AND e.occurred_at >= %(from)s::timestamptz AND e.occurred_at < %(to)s::timestamptz
      AND NOT EXISTS (
          SELECT 1 FROM scoring_machine_label l
          WHERE l.organisation_id = %(organisation_id)s AND l.rule_set = %(left_out)s::integer
            AND l.day = e.day AND l.message_id = e.message_id
      )
) TO STDOUT (FORMAT BINARY)
