-- Takes: the organisation, the number of the rule set, a day of keys.
-- Gives: one row per labelled event: its id and when it happened.
-- Tenant filter: organisation_id is bound.
-- Window: the day of the key.
-- Index relied on: the primary key (organisation_id, rule_set, day, message_id, rule).
SELECT l.message_id, min(l.occurred_at)
FROM scoring_machine_label l
WHERE l.organisation_id = %(organisation_id)s AND l.rule_set = %(rule_set)s AND l.day = %(day)s::date
GROUP BY l.message_id
