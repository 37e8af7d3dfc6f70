-- Takes: the organisation, the local day from which months are looked at.
-- Gives: one row per month with answers: its first day, and a text that is another one as soon as an answer of the month
--        came or went.
-- Tenant filter: organisation_id is bound.
-- Window: local days from `first` on.
-- Index relied on: companions_answer_day (organisation_id, day).
SELECT date_trunc('month', a.day::timestamp)::date, count(*) || ' ' || max(a.received_at)
FROM companions_surveyanswer a
WHERE a.organisation_id = %(organisation_id)s AND a.day >= %(first)s
GROUP BY 1
