-- Takes: the organisation, days [day_from, day_before) of the key.
-- Gives: one row per day with events of visitors who are merged into a customer: the day, and a digest of the ids of these
--        events with whom they are merged into, which any other merge changes.
-- Tenant filter: organisation_id is bound.
-- Window: days of the key.
-- Index relied on: ingest_customer_merged (organisation_id, merged_into) WHERE merged_into IS NOT NULL; where few are
--        merged, (organisation_id, customer_number, occurred_at) of each partition.
SELECT e.day, bit_xor(hashtextextended(e.message_id, c.merged_into))
FROM ingest_customer c
JOIN ingest_event e ON e.organisation_id = %(organisation_id)s AND e.customer_number = c.number
WHERE c.organisation_id = %(organisation_id)s AND c.merged_into IS NOT NULL
  AND e.day >= %(day_from)s::date AND e.day < %(day_before)s::date
GROUP BY e.day
ORDER BY e.day
