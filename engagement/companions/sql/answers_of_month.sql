-- Takes: the organisation, the local days [first, last] of a month.
-- Gives: one row per kind of answer: the kind, customers (−1: nobody is named) and values, two arrays of equal length and
--        order.
-- Tenant filter: organisation_id is bound.
-- Window: local days, both ends included.
-- Index relied on: companions_answer_day (organisation_id, day).
SELECT a.kind, array_agg(COALESCE(a.customer_number, -1) ORDER BY a.id), array_agg(a.value::integer ORDER BY a.id)
FROM companions_surveyanswer a
WHERE a.organisation_id = %(organisation_id)s AND a.day >= %(first)s AND a.day <= %(last)s
GROUP BY a.kind
ORDER BY a.kind
