-- Takes: the organisation, who was merged and into whom, an id for the record, the time, the person and their reason.
-- Gives: one row if the customer counted for that target until now: they stand for themselves again, on record; the chunks of both are noted as touched.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
WITH undone AS (
    UPDATE ingest_customer c
    SET merged_into = NULL
    WHERE c.organisation_id = %(organisation_id)s
      AND c.number = %(number)s
      AND c.merged_into = %(target)s
    RETURNING c.number
), touched AS (
    INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
    SELECT DISTINCT %(organisation_id)s, both_of.number >> 16, pg_current_xact_id()
    FROM undone, unnest(ARRAY[undone.number, %(target)s::bigint]) AS both_of (number)
    ON CONFLICT DO NOTHING
)
INSERT INTO ingest_identitychange (organisation_id, id, number, target, what, changed_at, user_id, message_id, reason)
SELECT %(organisation_id)s, %(id)s::uuid, undone.number, %(target)s::bigint, 'undone', %(now)s::timestamptz, %(user_id)s::uuid, '',
       %(reason)s
FROM undone
RETURNING number
