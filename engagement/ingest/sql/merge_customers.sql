-- Takes: the organisation, parallel arrays in the order of telling: an id for the record, number of the anonymous
--        customer, number of who it turned out to be, the message's id; the source that brought them and the time.
-- Gives: one row per customer merged now, each with its record written and the chunks of both noted as touched;
--        somebody who is merged already stays where they are. Of several targets the first counts that nobody took the
--        customer apart from. What is known of the anonymous one and not of the target is known of the target from now
--        on; the record names those traits. Both rows are locked already.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number); ingest_identity_undone (organisation_id, number, target).
WITH told AS (
    SELECT DISTINCT ON (pair.anonymous) pair.id, pair.anonymous, pair.target, pair.message_id
    FROM unnest(%(ids)s::uuid[], %(anonymous)s::bigint[], %(targets)s::bigint[], %(message_ids)s::text[])
         WITH ORDINALITY AS pair (id, anonymous, target, message_id, position)
    WHERE NOT EXISTS (
        SELECT FROM ingest_identitychange i
        WHERE i.organisation_id = %(organisation_id)s
          AND i.number = pair.anonymous AND i.target = pair.target AND i.what = 'undone'
    )
    ORDER BY pair.anonymous, pair.position
), merged AS (
    UPDATE ingest_customer c
    SET merged_into = told.target
    FROM told
    WHERE c.organisation_id = %(organisation_id)s
      AND c.number = told.anonymous
      AND NOT c.identified
      AND c.merged_into IS NULL
    RETURNING c.number, told.target, told.id, told.message_id, c.traits, c.email_normalised, c.updated_at
), named AS (
    SELECT DISTINCT ON (merged.target, pair.key)
           merged.number, merged.target, merged.updated_at, merged.email_normalised, pair.key, pair.value
    FROM merged
    JOIN ingest_customer t ON t.organisation_id = %(organisation_id)s AND t.number = merged.target
    CROSS JOIN LATERAL jsonb_each(merged.traits) AS pair (key, value)
    WHERE NOT t.traits ? pair.key
    ORDER BY merged.target, pair.key, merged.number
), gaps AS (
    SELECT named.target, jsonb_object_agg(named.key, named.value) AS given, max(named.updated_at) AS updated_at,
           max(named.email_normalised) FILTER (WHERE lower(btrim(named.key)) = 'email') AS email
    FROM named
    GROUP BY named.target
), filled AS (
    UPDATE ingest_customer t
    SET traits = gaps.given || t.traits,
        email_normalised = CASE WHEN t.email_normalised = '' THEN COALESCE(gaps.email, '') ELSE t.email_normalised END,
        updated_at = CASE WHEN t.traits = '{}' THEN gaps.updated_at ELSE t.updated_at END
    FROM gaps
    WHERE t.organisation_id = %(organisation_id)s
      AND t.number = gaps.target
), touched AS (
    INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
    SELECT DISTINCT %(organisation_id)s, both_of.number >> 16, pg_current_xact_id()
    FROM merged, unnest(ARRAY[merged.number, merged.target]) AS both_of (number)
    ON CONFLICT DO NOTHING
)
INSERT INTO ingest_identitychange (organisation_id, id, number, target, what, changed_at, source_id, message_id, reason, filled)
SELECT %(organisation_id)s, merged.id, merged.number, merged.target, 'merged', %(now)s::timestamptz, %(source_id)s::uuid,
       merged.message_id, '',
       COALESCE((SELECT jsonb_agg(named.key ORDER BY named.key) FROM named WHERE named.number = merged.number), '[]')
FROM merged
RETURNING number
