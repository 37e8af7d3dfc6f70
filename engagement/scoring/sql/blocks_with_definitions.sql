-- Takes: the organisation, the numbers of definitions as text, the first local day.
-- Gives: one row per packed day and chunk with activity counted under any of them, on that day and later.
-- Tenant filter: organisation_id is bound.
-- Window: the day given and every later one.
-- Index relied on: the primary key, by its first two columns.
SELECT b.day, b.chunk
FROM scoring_activity_block b
WHERE b.organisation_id = %(organisation_id)s AND b.day >= %(first)s
  AND EXISTS (SELECT 1 FROM jsonb_object_keys(b.totals) AS t (key) WHERE t.key = ANY (%(definitions)s::text[]))
ORDER BY b.day, b.chunk
