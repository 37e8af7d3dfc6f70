-- Takes: the organisation, who was merged and into whom, an id for the record, the time, the person and their reason.
-- Gives: one row if the customer counted for that target until now: they stand for themselves again, on record; the chunks of
--        both are noted as touched. What merging filled in is taken from the target again, unless it says something else now.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
WITH undone AS (
    UPDATE ingest_customer c
    SET merged_into = NULL
    WHERE c.organisation_id = %(organisation_id)s
      AND c.number = %(number)s
      AND c.merged_into = %(target)s
    RETURNING c.number, c.traits
), latest AS (
    SELECT i.filled
    FROM ingest_identitychange i
    WHERE i.organisation_id = %(organisation_id)s
      AND i.number = %(number)s AND i.target = %(target)s AND i.what IN ('merged', 'merged_again')
    ORDER BY i.changed_at DESC, i.id DESC
    LIMIT 1
), own AS (
    SELECT t.number, t.traits - array_agg(trait.name) AS traits
    FROM latest, undone, jsonb_array_elements_text(latest.filled) AS trait (name), ingest_customer t
    WHERE t.organisation_id = %(organisation_id)s
      AND t.number = %(target)s
      AND t.traits -> trait.name = undone.traits -> trait.name
    GROUP BY t.number, t.traits
), given_back AS (
    UPDATE ingest_customer t
    SET traits = own.traits,
        email_normalised = CASE WHEN EXISTS (
            SELECT FROM jsonb_object_keys(own.traits) AS trait (name) WHERE lower(btrim(trait.name)) = 'email'
        ) THEN t.email_normalised ELSE '' END
    FROM own
    WHERE t.organisation_id = %(organisation_id)s
      AND t.number = own.number
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
