-- Takes: the organisation, who is merged and into whom, an id for the record, the time, the person and their reason.
-- Gives: one row if the customer stood for themselves until now: they count for the target, on record; the chunks of both
--        are noted as touched. What is known of the one and not of the target is filled in, as merge_customers.sql does.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, number).
WITH merged AS (
    UPDATE ingest_customer c
    SET merged_into = %(target)s
    WHERE c.organisation_id = %(organisation_id)s
      AND c.number = %(number)s
      AND c.merged_into IS NULL
    RETURNING c.number, %(target)s::bigint AS target, c.traits, c.email_normalised, c.updated_at
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
    FROM merged, unnest(ARRAY[merged.number, %(target)s::bigint]) AS both_of (number)
    ON CONFLICT DO NOTHING
)
INSERT INTO ingest_identitychange (organisation_id, id, number, target, what, changed_at, user_id, message_id, reason,
                                   filled)
SELECT %(organisation_id)s, %(id)s::uuid, merged.number, %(target)s::bigint, 'merged_again', %(now)s::timestamptz, %(user_id)s::uuid, '',
       %(reason)s,
       COALESCE((SELECT jsonb_agg(named.key ORDER BY named.key) FROM named WHERE named.number = merged.number), '[]')
FROM merged
RETURNING number
