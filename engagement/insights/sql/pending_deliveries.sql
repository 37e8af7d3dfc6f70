-- Takes: an instant.
-- Gives: the messages to webhooks that are due by then and that nobody has in hand, of webhooks that are on.
-- Tenant filter: none; a definer function answers with ids, each is sent in its organisation's scope.
-- Window: up to the instant, included.
-- Index relied on: insights_delivery_due.
SELECT organisation_id, id FROM public.pending_deliveries(%(due_until)s)
