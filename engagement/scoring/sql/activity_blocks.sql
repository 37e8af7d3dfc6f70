-- Takes: the organisation, one chunk, the local days [first, as_of] of the window.
-- Gives: one row per packed day: the day and its packed columns.
-- Tenant filter: organisation_id is bound.
-- Window: local days, both ends included.
-- Index relied on: the primary key (organisation_id, day, chunk).
SELECT b.day, b.packed
FROM scoring_activity_block b
WHERE b.organisation_id = %(organisation_id)s AND b.chunk = %(chunk)s
  AND b.day >= %(first)s AND b.day <= %(as_of)s
ORDER BY b.day
