-- Takes: the organisation, the numbers of rule sets whose labels are kept.
-- Gives: no rows; the labels of every other set are gone.
-- Tenant filter: organisation_id is bound.
-- Window: every day.
-- Index relied on: the primary key (organisation_id, rule_set, day, message_id, rule).
DELETE FROM scoring_machine_label l
WHERE l.organisation_id = %(organisation_id)s AND l.rule_set <> ALL (%(rule_sets)s::integer[])
