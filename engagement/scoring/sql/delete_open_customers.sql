-- Takes: the organisation, customer numbers.
-- Gives: no rows; all activity of these customers that is not packed is gone.
-- Tenant filter: organisation_id is bound.
-- Window: every day.
-- Index relied on: the primary key, by its first column; only days that are not packed have rows.
DELETE FROM scoring_activity_open a
WHERE a.organisation_id = %(organisation_id)s AND a.customer_number = ANY (%(numbers)s::bigint[])
