-- Takes: the organisation, the run, for how many seconds.
-- Gives: one row, or none: a chunk that nobody computes now and that is not done, leased to the caller. The clock is
--        the database's, which all workers share.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary keys of both tables.
UPDATE scoring_run_chunk c
SET lease_until = clock_timestamp() + make_interval(secs => %(seconds)s), attempts = c.attempts + 1
WHERE c.organisation_id = %(organisation_id)s AND c.run_id = %(run_id)s
  AND c.chunk = (
      SELECT free.chunk
      FROM scoring_run_chunk free
      WHERE free.organisation_id = %(organisation_id)s AND free.run_id = %(run_id)s
        AND (free.lease_until IS NULL OR free.lease_until < clock_timestamp())
        AND NOT EXISTS (
            SELECT 1 FROM scoring_run_part p
            WHERE p.organisation_id = %(organisation_id)s AND p.run_id = %(run_id)s AND p.chunk = free.chunk
        )
      ORDER BY free.chunk
      LIMIT 1
      FOR UPDATE SKIP LOCKED
  )
RETURNING c.chunk
