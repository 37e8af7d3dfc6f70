-- Takes: the organisation, chunks.
-- Gives: one row per packed day of these chunks: the day and the chunk.
-- Tenant filter: organisation_id is bound.
-- Window: every day.
-- Index relied on: the primary key (organisation_id, day, chunk), read alone.
SELECT b.day, b.chunk
FROM scoring_activity_block b
WHERE b.organisation_id = %(organisation_id)s AND b.chunk = ANY (%(chunks)s::int[])
ORDER BY b.day, b.chunk
