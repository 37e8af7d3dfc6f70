-- Takes: the organisation, and as one JSON list what is told of each customer: number, given (traits), removed (names),
--        email (normalised, null when not mentioned), occurred_at.
-- Gives: one row per customer written: number, and whether any trait is another one now; where one is, the chunk is noted
--        as touched.
-- Tenant filter: organisation_id is bound.
-- Window: none. What was told later wins: older news only fills gaps. `updated_at` is the time of the latest news; a
--         customer without traits has had none, whatever stands there.
-- Index relied on: the primary key (organisation_id, number); the rows are locked already (lock_customers.sql).
WITH told AS (
    SELECT p.number, p.given, p.removed, p.email, p.occurred_at
    FROM jsonb_to_recordset(%(told)s::jsonb)
         AS p (number bigint, given jsonb, removed text[], email text, occurred_at timestamptz)
), known AS (
    SELECT c.number, c.traits, c.email_normalised, c.updated_at, t.given, t.removed, t.email, t.occurred_at,
           c.traits = '{}' AS is_blank, t.occurred_at >= c.updated_at OR c.traits = '{}' AS is_newer
    FROM ingest_customer c
    JOIN told t ON t.number = c.number
    WHERE c.organisation_id = %(organisation_id)s
), following AS (
    SELECT k.number,
           CASE WHEN k.is_newer THEN (k.traits || k.given) - k.removed ELSE k.given || k.traits END AS traits,
           CASE WHEN k.is_newer OR k.email_normalised = '' THEN COALESCE(k.email, k.email_normalised)
                ELSE k.email_normalised END AS email_normalised,
           CASE WHEN k.is_blank THEN k.occurred_at ELSE GREATEST(k.updated_at, k.occurred_at) END AS updated_at
    FROM known k
), written AS (
    UPDATE ingest_customer c
    SET traits = f.traits, email_normalised = f.email_normalised, updated_at = f.updated_at
    FROM following f
    JOIN known k ON k.number = f.number
    WHERE c.organisation_id = %(organisation_id)s
      AND c.number = f.number
      AND (f.traits <> k.traits OR f.updated_at > k.updated_at)
    RETURNING c.number, f.traits <> k.traits AS is_changed
), touched AS (
    INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
    SELECT DISTINCT %(organisation_id)s, written.number >> 16, pg_current_xact_id() FROM written WHERE written.is_changed
    ON CONFLICT DO NOTHING
)
SELECT number, is_changed FROM written
