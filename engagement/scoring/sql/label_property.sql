-- Takes: the organisation, the number of the rule set, the place of the rule in it, a day of keys, the name of the events
--        ('' for any), blanks that surround no name, a property and the steps to it, values, whether one has to be all of
--        the property or a part of it.
-- Gives: no rows; a label for each event of the day whose property is, or contains, one of the values.
-- Tenant filter: organisation_id is bound.
-- Window: the day of the key.
-- Index relied on: the primary key (organisation_id, day, message_id).
INSERT INTO scoring_machine_label (organisation_id, customer_number, occurred_at, rule_set, rule, day, message_id)
SELECT %(organisation_id)s, e.customer_number, e.occurred_at, %(rule_set)s, %(rule)s, e.day, e.message_id
FROM ingest_event e
CROSS JOIN LATERAL (
    SELECT lower(btrim(COALESCE(e.properties ->> %(property)s::text, e.properties #>> %(steps)s::text[]))) AS value
) AS p
WHERE e.organisation_id = %(organisation_id)s AND e.day = %(day)s::date
  AND (%(event_name)s::text = '' OR btrim(e.name, %(blanks)s) = %(event_name)s)
  AND EXISTS (
      SELECT 1 FROM unnest(%(values)s::text[]) AS wanted (value)
      WHERE CASE WHEN %(is_whole)s THEN p.value = lower(wanted.value)
            ELSE position(lower(wanted.value) IN p.value) > 0 END
  )
