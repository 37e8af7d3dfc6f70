-- Takes: nothing.
-- Gives: the organisations whose latest outcome is to be checked once a month by itself.
-- Tenant filter: none; a definer function answers with ids, each is looked at in its organisation's scope.
-- Window: none.
-- Index relied on: validity_outcome_numbered.
SELECT organisation_id FROM public.monthly_outcomes()
