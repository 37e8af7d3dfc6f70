-- Takes: the organisation, the local days [first, last].
-- Gives: one row per packed day and chunk: the day, the chunk, how many rows it says it holds, what it says they add up
--        to by definition, its packed columns.
-- Tenant filter: organisation_id is bound.
-- Window: local days, both ends included.
-- Index relied on: the primary key (organisation_id, day, chunk).
SELECT b.day, b.chunk, b.n_rows, b.totals::text, b.packed
FROM scoring_activity_block b
WHERE b.organisation_id = %(organisation_id)s AND b.day >= %(first)s AND b.day <= %(last)s
ORDER BY b.day, b.chunk
