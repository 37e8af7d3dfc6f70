-- Takes: the organisation, two days, and who is asked for: a segment with the numbers of its members, or NULL for all.
-- Gives: one row per calendar month and tone: the month's first day, the tone, how many pieces of feedback.
-- Tenant filter: organisation_id is bound.
-- Window: from the first day to the last, both included.
-- Index relied on: feedback_item_latest (organisation_id, day, id).
SELECT date_trunc('month', item.day)::date, item.tone, count(*)
FROM feedback_feedbackitem AS item
WHERE item.organisation_id = %(organisation_id)s
  AND item.day BETWEEN %(first_day)s AND %(last_day)s
  AND (%(segment_id)s::uuid IS NULL OR item.segment_id = %(segment_id)s::uuid
       OR item.customer_number = ANY (%(numbers)s::bigint[]))
GROUP BY 1, 2
ORDER BY 1, 2
