-- Takes: two instants.
-- Gives: the looks at runs between them that found something, and not everybody who is to be told has a mail about.
-- Tenant filter: none; a definer function answers with ids, each is mailed in its organisation's scope.
-- Window: from the first instant to the second, both included.
-- Index relied on: insights_alertcheck_unmailed.
SELECT organisation_id, id FROM public.unmailed_alerts(%(checked_from)s, %(checked_until)s)
