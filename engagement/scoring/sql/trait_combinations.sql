-- Takes: the organisation, the names of traits, whether the customers' own ids are asked for.
-- Gives: one row per combination of values that occurs among customers who may be scored: the values as text in the
--        order of the names (null where missing, a list or an object), the id or null, how many customers.
-- Tenant filter: organisation_id is bound. Merged, anonymous and excluded customers are not scored.
-- Window: none; traits are those known now.
-- Index relied on: none: every customer of the organisation is read.
SELECT known.trait_values, known.external_id, count(*) AS customers
FROM (
    SELECT ARRAY(
               SELECT CASE WHEN jsonb_typeof(c.traits -> k.name) IN ('object', 'array') THEN NULL
                           ELSE c.traits ->> k.name END
               FROM unnest(%(traits)s::text[]) WITH ORDINALITY AS k (name, position)
               ORDER BY k.position
           ) AS trait_values,
           CASE WHEN %(with_ids)s THEN c.external_id END AS external_id
    FROM ingest_customer c
    WHERE c.organisation_id = %(organisation_id)s
      AND c.identified AND c.merged_into IS NULL AND NOT c.excluded
) AS known
GROUP BY known.trait_values, known.external_id
