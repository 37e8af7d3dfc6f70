-- Takes: the organisation, parallel arrays: days of the key, message ids; whether the file replaces days.
-- Gives: one row per event that is there already: its day and message id. Where days are replaced, what came from a
--        file is taken out before, and is not there.
-- Tenant filter: organisation_id is bound.
-- Window: the days given.
-- Index relied on: the primary key (organisation_id, day, message_id).
SELECT e.day, e.message_id
FROM unnest(%(days)s::date[], %(message_ids)s::text[]) AS asked (day, message_id)
JOIN ingest_event e
  ON e.organisation_id = %(organisation_id)s AND e.day = asked.day AND e.message_id = asked.message_id
WHERE NOT (%(is_replacing)s AND e.from_file)
