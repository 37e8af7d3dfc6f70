-- Takes: an instant.
-- Gives: the runs in force that were published since and that no alert rule was held against, where there are rules.
-- Tenant filter: none; a definer function answers with ids, each is looked at in its organisation's scope.
-- Window: from the instant, included, to now.
-- Index relied on: insights_alertcheck_once.
SELECT organisation_id, id FROM public.unchecked_runs(%(published_from)s)
