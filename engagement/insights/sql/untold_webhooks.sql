-- Takes: two instants.
-- Gives: the webhooks that were switched off between them because they failed, and nobody was told.
-- Tenant filter: none; a definer function answers with ids, each is told of in its organisation's scope.
-- Window: from the first instant to the second, both included.
-- Index relied on: none; webhooks are few.
SELECT organisation_id, id FROM public.untold_webhooks(%(off_from)s, %(off_until)s)
