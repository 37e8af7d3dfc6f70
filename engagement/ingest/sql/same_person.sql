-- Takes: the organisation and numbers of customers.
-- Gives: one row per customer who is one of these people: whom they finally count for, and everybody who counts for those;
--        number, id, name space, normalised e-mail. None for unknown numbers.
-- Tenant filter: organisation_id is bound in each step.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number) upwards, ingest_customer_merged downwards.
WITH RECURSIVE up AS (
    SELECT c.number, c.merged_into FROM ingest_customer c
    WHERE c.organisation_id = %(organisation_id)s AND c.number = ANY (%(numbers)s::bigint[])
    UNION
    SELECT c.number, c.merged_into FROM ingest_customer c JOIN up ON c.number = up.merged_into
    WHERE c.organisation_id = %(organisation_id)s
), everybody AS (
    SELECT up.number FROM up
    UNION
    SELECT c.number FROM ingest_customer c JOIN everybody ON c.merged_into = everybody.number
    WHERE c.organisation_id = %(organisation_id)s
)
SELECT c.number, c.external_id, c.identified, c.email_normalised
FROM ingest_customer c JOIN everybody USING (number)
WHERE c.organisation_id = %(organisation_id)s
ORDER BY c.number
