-- Takes: the organisation, the number of the rule set, days [day_from, day_before) of the key.
-- Gives: one row per rule that labelled something: its place, events, people (who is merged is who they are), first and
--        last instant, the key of its latest event as text (day, blank, message id).
-- Tenant filter: organisation_id is bound.
-- Window: days of the key.
-- Index relied on: the primary keys (organisation_id, rule_set, day, message_id, rule) and (organisation_id, number).
SELECT l.rule, count(*), count(DISTINCT COALESCE(c.merged_into, l.customer_number)),
       min(l.occurred_at), max(l.occurred_at),
       max(l.day::text || ' ' || l.message_id)
FROM scoring_machine_label l
LEFT JOIN ingest_customer c ON c.organisation_id = %(organisation_id)s AND c.number = l.customer_number
WHERE l.organisation_id = %(organisation_id)s AND l.rule_set = %(rule_set)s
  AND l.day >= %(day_from)s::date AND l.day < %(day_before)s::date
GROUP BY l.rule
ORDER BY l.rule
