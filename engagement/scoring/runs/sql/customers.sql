-- Takes: the organisation, the numbers [low, high) of one chunk, the trait names that rules look at.
-- Gives: one row per customer who may be scored, with the traits' values as text in the order of the names.
-- Tenant filter: organisation_id is bound. Merged and anonymous customers are not scored; nor are excluded ones.
-- Window: none; traits are those known now.
-- Index relied on: the primary key (organisation_id, number).
SELECT c.number,
       c.external_id,
       ARRAY(
           SELECT CASE WHEN jsonb_typeof(c.traits -> k.name) IN ('object', 'array') THEN NULL
                       ELSE c.traits ->> k.name END
           FROM unnest(%(traits)s::text[]) WITH ORDINALITY AS k (name, position)
           ORDER BY k.position
       ) AS trait_values
FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s
  AND c.number >= %(low)s AND c.number < %(high)s
  AND c.identified AND c.merged_into IS NULL AND NOT c.excluded
ORDER BY c.number
