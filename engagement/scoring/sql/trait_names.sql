-- Takes: the organisation, how many customers to look at, how many names to give.
-- Gives: one row per trait, the one known of most customers first: name, customers.
-- Tenant filter: organisation_id is bound.
-- Window: the customers with the largest numbers, which are the latest.
-- Index relied on: the primary key (organisation_id, number), read from its end.
SELECT keys.name, count(*) AS customers
FROM (
    SELECT c.traits
    FROM ingest_customer c
    WHERE c.organisation_id = %(organisation_id)s AND c.identified
    ORDER BY c.number DESC
    LIMIT %(sample)s
) AS latest
CROSS JOIN LATERAL jsonb_object_keys(latest.traits) AS keys (name)
GROUP BY keys.name
ORDER BY customers DESC, keys.name
LIMIT %(names)s
