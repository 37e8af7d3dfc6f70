-- Takes: the first day of a partition and the one after it, and parallel arrays: organisation, instant before which its
--        events are outlived. Runs as the maintenance role.
-- Gives: one row: how many events there are, and whether anybody keeps one of them.
-- Tenant filter: none; a partition holds events of all organisations, and goes as a whole or not at all.
-- Window: days [first, following), which is one partition.
-- Index relied on: none; the partition is read once.
SELECT count(*), COALESCE(bool_or(k.before IS NULL OR e.occurred_at >= k.before), false)
FROM ingest_event e
LEFT JOIN unnest(%(organisations)s::bigint[], %(before)s::timestamptz[]) AS k (organisation_id, before)
       ON k.organisation_id = e.organisation_id
WHERE e.day >= %(first)s AND e.day < %(following)s
