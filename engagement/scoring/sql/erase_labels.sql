-- Takes: the organisation and numbers of customers.
-- Gives: no rows; no label names an event of theirs any more.
-- Tenant filter: organisation_id is bound.
-- Window: every day.
-- Index relied on: none on customers: the labels of an organisation are read once for each erasure.
DELETE FROM scoring_machine_label l
WHERE l.organisation_id = %(organisation_id)s AND l.customer_number = ANY (%(numbers)s::bigint[])
