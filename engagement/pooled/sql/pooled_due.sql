-- Takes: an instant, a version of the text.
-- Gives: firms with a client that agrees, whose last finished quarter was not worked out yet.
-- Tenant filter: none; a definer function answers with ids, the work is done in each one's scope.
-- Window: quarters that were over at the instant, by the firm's own calendar.
-- Index relied on: pooled_quarter_once.
SELECT firm_id FROM public.pooled_due(%(now)s, %(version)s)
