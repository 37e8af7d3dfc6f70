-- Takes: the organisation and five arrays of equal length: days, customers, definitions, occurrences, values; a key
--        (day, customer, definition) stands in them once.
-- Gives: no rows; what is given is added to what is there.
-- Tenant filter: organisation_id is bound.
-- Window: the local days given.
-- Index relied on: the primary key (organisation_id, day, customer_number, definition). Adding in its order keeps two
--        workers with the same customers from waiting for each other.
INSERT INTO scoring_activity_open (organisation_id, day, customer_number, definition, occurrences, value)
SELECT %(organisation_id)s, a.day, a.customer_number, a.definition, a.occurrences, a.value
FROM unnest(
    %(days)s::date[], %(customers)s::bigint[], %(definitions)s::int[], %(occurrences)s::bigint[], %(values)s::bigint[]
) AS a (day, customer_number, definition, occurrences, value)
ORDER BY a.day, a.customer_number, a.definition
ON CONFLICT (organisation_id, day, customer_number, definition) DO UPDATE
SET occurrences = scoring_activity_open.occurrences + EXCLUDED.occurrences,
    value = scoring_activity_open.value + EXCLUDED.value
