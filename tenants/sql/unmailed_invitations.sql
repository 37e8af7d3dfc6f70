-- Takes: two instants.
-- Gives: the invitations that were sent between them, are still open and that no mail server has taken.
-- Tenant filter: none; a definer function answers with ids, each is mailed in its organisation's scope.
-- Window: from the first instant to the second, both included.
-- Index relied on: none; invitations are few.
SELECT organisation_id, id FROM public.unmailed_invitations(%(sent_from)s, %(sent_until)s)
