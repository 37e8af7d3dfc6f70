-- Takes: the organisation, the local days [first, as_of] of the window, the numbers [low, high) of one chunk.
-- Gives: one row per day with activity that is not packed: the day, and four columns of equal length and order
--        (customer, definition, occurrences, value), each an array in PostgreSQL's binary form. A row for each day
--        instead of one for each customer and day: a Python call for each of millions of rows costs twenty times more.
-- Tenant filter: organisation_id is bound.
-- Window: local days, both ends included.
-- Index relied on: the primary key (organisation_id, day, customer_number, definition).
SELECT a.day,
       array_send(array_agg(a.customer_number)),
       array_send(array_agg(a.definition)),
       array_send(array_agg(a.occurrences)),
       array_send(array_agg(a.value))
FROM scoring_activity_open a
WHERE a.organisation_id = %(organisation_id)s
  AND a.day >= %(first)s AND a.day <= %(as_of)s
  AND a.customer_number >= %(low)s AND a.customer_number < %(high)s
GROUP BY a.day
