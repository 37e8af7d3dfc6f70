-- Takes: the organisation, the number of the rule set, days [day_from, day_before) of the key, blanks that surround no
--        name, a property and the steps to it.
-- Gives: one row per event name and value of the property (null without one) among events that were labelled: name, value,
--        how many of its events are labelled by any rule, how many events it has; the most labelled first, fifty at most.
-- Tenant filter: organisation_id is bound.
-- Window: days of the key.
-- Index relied on: the primary keys (organisation_id, day, message_id) and (organisation_id, rule_set, day, message_id, rule).
SELECT found.name, found.value, found.labelled, found.events
FROM (
    SELECT btrim(e.name, %(blanks)s) AS name,
           left(COALESCE(e.properties ->> %(property)s::text, e.properties #>> %(steps)s::text[]), 100) AS value,
           count(*) FILTER (WHERE l.message_id IS NOT NULL) AS labelled, count(*) AS events
    FROM ingest_event e
    LEFT JOIN (
        SELECT DISTINCT m.day, m.message_id FROM scoring_machine_label m
        WHERE m.organisation_id = %(organisation_id)s AND m.rule_set = %(rule_set)s
          AND m.day >= %(day_from)s::date AND m.day < %(day_before)s::date
    ) AS l ON l.day = e.day AND l.message_id = e.message_id
    WHERE e.organisation_id = %(organisation_id)s
      AND e.day >= %(day_from)s::date AND e.day < %(day_before)s::date
    GROUP BY 1, 2
) AS found
WHERE found.labelled > 0
ORDER BY found.labelled DESC, found.name, found.value
LIMIT 50
