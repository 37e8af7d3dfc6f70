-- Takes: the organisation, the number of the rule set, the place of the rule in it, a day of keys with the day before and
--        the day after, the name of the events, blanks that surround no name, how many are no burst yet, seconds.
-- Gives: no rows; a label for each event of the day that is among more than so many of one person within the seconds;
--        who is merged into a customer is that customer.
-- Tenant filter: organisation_id is bound.
-- Window: the day of the key and the days beside it.
-- Index relied on: the primary keys (organisation_id, day, message_id) and (organisation_id, number).
INSERT INTO scoring_machine_label (organisation_id, customer_number, occurred_at, rule_set, rule, day, message_id)
SELECT %(organisation_id)s, held.customer_number, held.occurred_at, %(rule_set)s, %(rule)s, held.day, held.message_id
FROM (
    SELECT s.*, bool_or(s.begins) OVER (
        PARTITION BY s.person ORDER BY s.occurred_at, s.day, s.message_id
        ROWS BETWEEN %(more_than)s::bigint PRECEDING AND CURRENT ROW
    ) AS is_within
    FROM (
        SELECT e.customer_number, COALESCE(c.merged_into, e.customer_number) AS person,
               e.occurred_at, e.day, e.message_id,
               COALESCE(lead(e.occurred_at, %(more_than)s::integer) OVER (
                   PARTITION BY COALESCE(c.merged_into, e.customer_number)
                   ORDER BY e.occurred_at, e.day, e.message_id
               ) <= e.occurred_at + make_interval(secs => %(seconds)s), false) AS begins
        FROM ingest_event e
        LEFT JOIN ingest_customer c ON c.organisation_id = %(organisation_id)s AND c.number = e.customer_number
        WHERE e.organisation_id = %(organisation_id)s
          AND e.day >= %(day_before)s::date AND e.day <= %(day_after)s::date
          AND btrim(e.name, %(blanks)s) = %(event_name)s
    ) AS s
) AS held
WHERE held.day = %(day)s::date AND held.is_within
