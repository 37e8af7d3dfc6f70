-- Takes: the organisation and a snapshot, as pg_current_snapshot() named it.
-- Gives: one row per chunk written by a transaction that the snapshot does not see, in so far as it has committed now.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, chunk, xid); rows that every run has seen are cleared every night.
SELECT DISTINCT t.chunk FROM scoring_chunk_touch t
WHERE t.organisation_id = %(organisation_id)s AND NOT pg_visible_in_snapshot(t.xid, %(snapshot)s::pg_snapshot)
