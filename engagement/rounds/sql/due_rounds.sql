-- Takes: the moment.
-- Gives: one row per client whose plan, or whose firm's, says that its round is to be prepared by now and for which
--   nobody has asked yet: the organisation and the last day of the month.
-- Tenant filter: none; a definer function answers with ids and days only.
-- Window: the month that ended last on the clock of each client.
-- Index relied on: the unique index of plans by organisation, and that of entries, inside the function.
SELECT organisation_id, last_day FROM public.due_rounds(%(moment)s)
