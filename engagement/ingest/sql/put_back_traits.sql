-- Takes: the organisation, the import that is undone and when it was uploaded, customer numbers.
-- Gives: one row per customer with a trait put back. What was said later stays: only a trait that still is as the file
--        said it goes back. What later files remember of these traits is put right, so that undoing one of them next puts
--        back what was before both. Chunks are noted as touched.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: ingest_change_customer (organisation_id, file_import_id, number), ingest_change_number
--         (organisation_id, number); the customers are locked already (lock_customers.sql).
WITH change AS (
    SELECT h.number, h.former, h.given, h.former_email, h.former_updated_at
    FROM ingest_importchange h
    WHERE h.organisation_id = %(organisation_id)s AND h.file_import_id = %(import_id)s
      AND h.number = ANY (%(numbers)s::bigint[])
), remembered AS (
    SELECT later.id, jsonb_object_agg(g.key, change.former -> g.key) AS former
    FROM change
    JOIN ingest_importchange later
      ON later.organisation_id = %(organisation_id)s AND later.number = change.number
     AND later.file_import_id <> %(import_id)s
    JOIN ingest_fileimport f
      ON f.organisation_id = %(organisation_id)s AND f.id = later.file_import_id AND f.created_at >= %(since)s
    CROSS JOIN jsonb_each(change.given) AS g
    WHERE later.former -> g.key = g.value
    GROUP BY later.id
), put_right AS (
    UPDATE ingest_importchange later
    SET former = later.former || remembered.former
    FROM remembered
    WHERE later.organisation_id = %(organisation_id)s AND later.id = remembered.id
), back AS (
    SELECT change.number, g.key, change.former -> g.key AS value
    FROM change
    JOIN ingest_customer c ON c.organisation_id = %(organisation_id)s AND c.number = change.number
    CROSS JOIN jsonb_each(change.given) AS g
    WHERE COALESCE(c.traits -> g.key, 'null') = g.value
), following AS (
    SELECT b.number,
           COALESCE(jsonb_object_agg(b.key, b.value) FILTER (WHERE b.value <> 'null'), '{}') AS given,
           COALESCE(array_agg(b.key) FILTER (WHERE b.value = 'null'), '{}') AS removed,
           bool_or(lower(btrim(b.key)) = 'email') AS is_email
    FROM back b
    GROUP BY b.number
), written AS (
    UPDATE ingest_customer c
    SET traits = (c.traits || f.given) - f.removed,
        email_normalised = CASE WHEN f.is_email THEN change.former_email ELSE c.email_normalised END,
        updated_at = CASE WHEN c.updated_at = %(since)s THEN change.former_updated_at ELSE c.updated_at END
    FROM following f
    JOIN change ON change.number = f.number
    WHERE c.organisation_id = %(organisation_id)s AND c.number = f.number
    RETURNING c.number
), touched AS (
    INSERT INTO scoring_chunk_touch (organisation_id, chunk, xid)
    SELECT DISTINCT %(organisation_id)s, written.number >> 16, pg_current_xact_id() FROM written
    ON CONFLICT DO NOTHING
)
SELECT number FROM written
