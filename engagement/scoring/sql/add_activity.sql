-- Takes: the organisation and five arrays of equal length: days, customers, definitions, occurrences, values; a key
--        (day, customer, definition) stands in them once.
-- Gives: no rows; what is given is added to what is there, and the chunks of the customers are noted as touched.
-- Tenant filter: organisation_id is bound.
-- Window: the local days given.
-- Index relied on: the primary key (organisation_id, day, customer_number, definition). Adding in its order keeps two
--        workers with the same customers from waiting for each other.
WITH touched AS (
    INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
    SELECT DISTINCT %(organisation_id)s, a.customer_number >> 16, pg_current_xact_id() FROM unnest(%(customers)s::bigint[]) AS a (customer_number)
    ON CONFLICT DO NOTHING
)
INSERT INTO scoring_activity_open (organisation_id, day, customer_number, definition, occurrences, value)
SELECT %(organisation_id)s, a.day, a.customer_number, a.definition, a.occurrences, a.value
FROM unnest(
    %(days)s::date[], %(customers)s::bigint[], %(definitions)s::int[], %(occurrences)s::bigint[], %(values)s::bigint[]
) AS a (day, customer_number, definition, occurrences, value)
ORDER BY a.day, a.customer_number, a.definition
ON CONFLICT (organisation_id, day, customer_number, definition) DO UPDATE
SET occurrences = scoring_activity_open.occurrences + EXCLUDED.occurrences,
    value = scoring_activity_open.value + EXCLUDED.value
