-- Takes: an instant.
-- Gives: the runs in force of each organisation's last week or month that were published since, and from which nobody
--   has asked for forecasts yet.
-- Tenant filter: none; a definer function answers with ids, each is looked at in its organisation's scope.
-- Window: from the instant, included, to now.
-- Index relied on: scoring_runpointer's unique key of organisation and day; tenants_job_recent.
SELECT organisation_id, id FROM public.unforecast_runs(%(published_from)s)
