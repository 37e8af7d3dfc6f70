-- Takes: an instant.
-- Gives: the organisations in which an operator's visit has expired by then and is not yet marked as ended.
-- Tenant filter: none; a definer function answers with ids, the work is done in each one's scope.
-- Window: visits that expired at the instant or before it.
-- Index relied on: the partial index on visits that are not ended, inside the function.
SELECT organisation_id FROM public.overdue_grants(%(at_instant)s)
