-- Takes: the organisation, the local day, the chunk, its packed columns, how many rows they hold,
--        occurrences by definition as JSON, the instant.
-- Gives: no rows; the block is there, or replaced with its version one higher.
-- Tenant filter: organisation_id is bound.
-- Window: the day given.
-- Index relied on: the primary key (organisation_id, day, chunk).
INSERT INTO scoring_activity_block (organisation_id, day, chunk, n_rows, version, packed_at, totals, packed)
VALUES (%(organisation_id)s, %(day)s, %(chunk)s, %(n_rows)s, 1, %(now)s, %(totals)s, %(packed)s)
ON CONFLICT (organisation_id, day, chunk) DO UPDATE
SET n_rows = EXCLUDED.n_rows,
    version = scoring_activity_block.version + 1,
    packed_at = EXCLUDED.packed_at,
    totals = EXCLUDED.totals,
    packed = EXCLUDED.packed
