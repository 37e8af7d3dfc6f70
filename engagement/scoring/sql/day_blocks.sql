-- Takes: the organisation, one local day, the chunks asked for.
-- Gives: one row per chunk that is packed on that day: the chunk and its packed columns, locked.
-- Tenant filter: organisation_id is bound.
-- Window: the day given.
-- Index relied on: the primary key (organisation_id, day, chunk).
SELECT b.chunk, b.packed
FROM scoring_activity_block b
WHERE b.organisation_id = %(organisation_id)s AND b.day = %(day)s AND b.chunk = ANY (%(chunks)s::int[])
ORDER BY b.chunk
FOR UPDATE
