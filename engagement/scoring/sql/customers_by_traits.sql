-- Takes: the organisation, the numbers [low, high) of one chunk, and for trait_values one text expression for
--        each trait that rules look at (`queries.by_traits`): one by one, because looking the names up in an array for
--        each customer takes as long as everything else here.
-- Gives: one row per combination of values that occurs among customers who may be scored: the values as text in the
--        order of the names (null where missing, a list or an object), and the customers' numbers as an array in
--        PostgreSQL's binary form.
-- Tenant filter: organisation_id is bound. Merged and anonymous customers are not scored; nor are excluded ones.
-- Window: none; traits are those known now.
-- Index relied on: the primary key (organisation_id, number).
SELECT known.trait_values, array_send(array_agg(known.number))
FROM (
    SELECT c.number, ARRAY[{trait_values}]::text[] COLLATE "C" AS trait_values
    FROM ingest_customer c
    WHERE c.organisation_id = %(organisation_id)s
      AND c.number >= %(low)s AND c.number < %(high)s
      AND c.identified AND c.merged_into IS NULL AND NOT c.excluded
) AS known
GROUP BY known.trait_values
