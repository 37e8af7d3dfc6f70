-- Takes: the organisation.
-- Gives: one row: the largest customer number, one that was erased included, or null without any: a run covers its chunk,
--        because the run before did.
-- Tenant filter: organisation_id is bound in both.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number) and ingest_erased_number (organisation_id, number).
SELECT GREATEST(
    (SELECT max(c.number) FROM ingest_customer c WHERE c.organisation_id = %(organisation_id)s),
    (SELECT max(e.number) FROM ingest_erasedcustomer e WHERE e.organisation_id = %(organisation_id)s)
)
