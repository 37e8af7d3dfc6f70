-- Takes: the organisation and one local day.
-- Gives: one row, or none where the day has no open activity: four columns of equal length and order (customer,
--        definition, occurrences, value), each an array in PostgreSQL's binary form; the rows are gone from the table.
-- Tenant filter: organisation_id is bound.
-- Window: the day given.
-- Index relied on: the primary key (organisation_id, day, customer_number, definition).
WITH taken AS (
    DELETE FROM scoring_activity_open a
    WHERE a.organisation_id = %(organisation_id)s AND a.day = %(day)s
    RETURNING a.customer_number, a.definition, a.occurrences, a.value
)
SELECT array_send(array_agg(t.customer_number)),
       array_send(array_agg(t.definition)),
       array_send(array_agg(t.occurrences)),
       array_send(array_agg(t.value))
FROM taken t
HAVING count(*) > 0
