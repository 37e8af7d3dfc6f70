-- Takes: the organisation, the import and when it was uploaded, and as one JSON list what the file says of each customer:
--        id (of the new row), number, given (traits), removed (names), occurred_at.
-- Gives: nothing; one row per customer of whom it changes a trait, or whom it brought: each trait as it was before, and as
--        the file says it. Where the import has one already, what was before it stays.
-- Tenant filter: organisation_id is bound.
-- Window: none. The rules are those of change_traits.sql, which runs next in the same transaction: older news only fills
--         gaps.
-- Index relied on: the primary key (organisation_id, number); the rows are locked already (lock_customers.sql).
WITH told AS (
    SELECT p.id, p.number, p.given, p.removed, p.occurred_at
    FROM jsonb_to_recordset(%(told)s::jsonb)
         AS p (id uuid, number bigint, given jsonb, removed text[], occurred_at timestamptz)
), known AS (
    SELECT c.number, c.traits, c.email_normalised, c.updated_at, t.id, t.given, t.removed,
           t.occurred_at >= c.updated_at OR c.traits = '{}' AS is_newer, c.created_at >= %(since)s AS is_new
    FROM ingest_customer c
    JOIN told t ON t.number = c.number
    WHERE c.organisation_id = %(organisation_id)s
), said AS (
    SELECT k.number, g.key, g.value
    FROM known k CROSS JOIN jsonb_each(k.given) AS g
    WHERE CASE WHEN k.is_newer THEN k.traits -> g.key IS DISTINCT FROM g.value ELSE NOT k.traits ? g.key END
    UNION ALL
    SELECT k.number, r.name, 'null'::jsonb
    FROM known k CROSS JOIN unnest(k.removed) AS r (name)
    WHERE k.is_newer AND k.traits ? r.name
), changed AS (
    SELECT k.id, k.number, k.email_normalised, k.updated_at,
           COALESCE(jsonb_object_agg(s.key, COALESCE(k.traits -> s.key, 'null')) FILTER (WHERE s.key IS NOT NULL), '{}')
               AS former,
           COALESCE(jsonb_object_agg(s.key, s.value) FILTER (WHERE s.key IS NOT NULL), '{}') AS given
    FROM known k LEFT JOIN said s ON s.number = k.number
    WHERE k.is_new OR s.key IS NOT NULL
    GROUP BY k.id, k.number, k.email_normalised, k.updated_at
)
INSERT INTO ingest_importchange AS kept (
    organisation_id, id, file_import_id, number, former, given, former_email, former_updated_at
)
SELECT %(organisation_id)s, c.id, %(import_id)s, c.number, c.former, c.given, c.email_normalised, c.updated_at
FROM changed c
ON CONFLICT (organisation_id, file_import_id, number) DO UPDATE
SET former = EXCLUDED.former || kept.former, given = kept.given || EXCLUDED.given
