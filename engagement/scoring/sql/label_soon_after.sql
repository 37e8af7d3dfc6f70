-- Takes: the organisation, the number of the rule set, the place of the rule in it, a day of keys with the day before and
--        the day after, two names of events, blanks that surround no name, seconds, a property that both have to carry
--        with the same value ('' for none) and the steps to it.
-- Gives: no rows; a label for each event `then` of the day that follows an event `first` of the same person; who is
--        merged into a customer is that customer.
-- Tenant filter: organisation_id is bound.
-- Window: the day of the key and the days beside it.
-- Index relied on: the primary keys (organisation_id, day, message_id) and (organisation_id, number).
INSERT INTO scoring_machine_label (organisation_id, customer_number, occurred_at, rule_set, rule, day, message_id)
SELECT %(organisation_id)s, held.customer_number, held.occurred_at, %(rule_set)s, %(rule)s, held.day, held.message_id
FROM (
    SELECT s.*, max(s.occurred_at) FILTER (WHERE s.name = %(first)s) OVER (
        PARTITION BY s.person, s.same ORDER BY s.occurred_at RANGE UNBOUNDED PRECEDING
    ) AS latest_first
    FROM (
        SELECT e.customer_number, COALESCE(c.merged_into, e.customer_number) AS person,
               e.occurred_at, e.day, e.message_id, btrim(e.name, %(blanks)s) AS name,
               CASE WHEN %(same)s::text = '' THEN '' ELSE NULLIF(btrim(
                   COALESCE(e.properties ->> %(same)s::text, e.properties #>> %(steps)s::text[])), '') END AS same
        FROM ingest_event e
        LEFT JOIN ingest_customer c ON c.organisation_id = %(organisation_id)s AND c.number = e.customer_number
        WHERE e.organisation_id = %(organisation_id)s
          AND e.day >= %(day_before)s::date AND e.day <= %(day_after)s::date
          AND btrim(e.name, %(blanks)s) IN (%(first)s, %(then)s)
    ) AS s
    WHERE s.same IS NOT NULL
) AS held
WHERE held.day = %(day)s::date AND held.name = %(then)s
  AND held.latest_first >= held.occurred_at - make_interval(secs => %(seconds)s)
