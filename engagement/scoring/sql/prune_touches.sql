-- Takes: the organisation, since when runs may be a base, and the beginning of their moments' names in this database.
-- Gives: no rows; touches that each of those runs has seen are gone, none while a run of that time is under way.
-- Tenant filter: organisation_id is bound in each.
-- Window: runs that began at the instant given or later.
-- Index relied on: the primary key (organisation_id, chunk, xid); the runs of some days.
DELETE FROM scoring_chunk_touch t
WHERE t.organisation_id = %(organisation_id)s
  AND NOT EXISTS (
      SELECT 1 FROM scoring_scorerun r
      WHERE r.organisation_id = %(organisation_id)s AND r.started_at >= %(since)s AND CASE
          WHEN r.state = 'published' AND r.moment ^@ %(database)s
          THEN NOT pg_visible_in_snapshot(t.xid, split_part(r.moment, '/', 2)::pg_snapshot)
          ELSE r.state = 'running'
      END
  )
