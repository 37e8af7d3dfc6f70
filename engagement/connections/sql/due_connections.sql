-- Takes: an instant.
-- Gives: at most a hundred connections that are due by then and that nobody has in hand, organisations in turn.
-- Tenant filter: none; a definer function answers with ids, each is fetched in its organisation's scope.
-- Window: up to the instant, included.
-- Index relied on: connections_due.
SELECT organisation_id, id FROM public.due_connections(%(due_until)s)
