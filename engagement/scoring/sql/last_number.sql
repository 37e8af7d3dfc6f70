-- Takes: the organisation.
-- Gives: one row, the largest customer number, or null without customers.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number), read from its end.
SELECT max(c.number) FROM ingest_customer c WHERE c.organisation_id = %(organisation_id)s
