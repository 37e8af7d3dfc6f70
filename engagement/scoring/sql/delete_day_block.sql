-- Takes: the organisation, a local day and a chunk.
-- Gives: no rows; the block is gone.
-- Tenant filter: organisation_id is bound.
-- Window: the day given.
-- Index relied on: the primary key (organisation_id, day, chunk).
DELETE FROM scoring_activity_block b
WHERE b.organisation_id = %(organisation_id)s AND b.day = %(day)s AND b.chunk = %(chunk)s
