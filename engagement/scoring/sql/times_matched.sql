-- Takes: the organisation, the local days [first, last], the numbers of definitions.
-- Gives: one row per definition with activity: its number, occurrences.
-- Tenant filter: organisation_id is bound, for what is packed and for what is open.
-- Window: local days, both ends included.
-- Index relied on: the primary keys (organisation_id, day, …).
SELECT found.definition, sum(found.occurrences)::bigint
FROM (
    SELECT a.definition, sum(a.occurrences) AS occurrences
    FROM scoring_activity_open a
    WHERE a.organisation_id = %(organisation_id)s
      AND a.day BETWEEN %(first)s AND %(last)s
    GROUP BY a.definition
    UNION ALL
    SELECT t.key::int, sum(t.value::bigint)
    FROM scoring_activity_block b
    CROSS JOIN LATERAL jsonb_each_text(b.totals) AS t (key, value)
    WHERE b.organisation_id = %(organisation_id)s
      AND b.day BETWEEN %(first)s AND %(last)s
    GROUP BY t.key
) AS found
WHERE found.definition = ANY (%(definitions)s::int[])
GROUP BY found.definition
