-- Takes: the organisation, how many customers to look at, how many names to give.
-- Gives: one row per trait that is a plain value and says something (not blank, not "unknown"), the one known of most customers first: name, customers who have one,
--        distinct values, customers looked at.
-- Tenant filter: organisation_id is bound. Merged, anonymous and excluded customers are not scored.
-- Window: the customers with the largest numbers, which are the latest.
-- Index relied on: the primary key (organisation_id, number), read from its end.
WITH latest AS (
    SELECT c.traits
    FROM ingest_customer c
    WHERE c.organisation_id = %(organisation_id)s
      AND c.identified AND c.merged_into IS NULL AND NOT c.excluded
    ORDER BY c.number DESC
    LIMIT %(sample)s
)
SELECT trait.name, count(*) AS customers, count(DISTINCT btrim(trait.value)) AS distinct_values,
       (SELECT count(*) FROM latest) AS looked_at
FROM latest
CROSS JOIN LATERAL jsonb_each_text(latest.traits) AS trait (name, value)
WHERE lower(btrim(trait.value)) NOT IN ('', 'unknown') AND jsonb_typeof(latest.traits -> trait.name) NOT IN ('object', 'array')
GROUP BY trait.name
ORDER BY customers DESC, trait.name
LIMIT %(names)s
