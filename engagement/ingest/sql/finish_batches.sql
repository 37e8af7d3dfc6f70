-- Takes: the organisation, the time, and parallel arrays: ids of requests and what became of each.
-- Gives: nothing; the requests are done.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, id); the rows are locked already (hold_batches.sql).
UPDATE ingest_ingestbatch b
SET state = 'done', finished_at = %(now)s, lease_until = NULL, stored = done.stored, duplicates = done.duplicates,
    rejected = done.rejected, conflicts = done.conflicts
FROM unnest(
    %(ids)s::uuid[], %(stored)s::integer[], %(duplicates)s::integer[], %(rejected)s::integer[], %(conflicts)s::integer[]
) AS done (id, stored, duplicates, rejected, conflicts)
WHERE b.organisation_id = %(organisation_id)s AND b.id = done.id
