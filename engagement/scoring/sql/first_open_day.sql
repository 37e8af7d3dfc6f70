-- Takes: the organisation.
-- Gives: one row: the first local day with activity that is not packed; null without any.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, day, customer_number, definition), its beginning.
SELECT min(a.day) FROM scoring_activity_open a WHERE a.organisation_id = %(organisation_id)s
