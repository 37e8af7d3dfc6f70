-- Takes: a firm, a version of the text, an instant.
-- Gives: the clients of the firm that agreed to that version before the instant, have not withdrawn, and do not rest.
-- Tenant filter: the firm has to be in scope for reading; a definer function answers with ids.
-- Window: consents given before the instant.
-- Index relied on: pooled_consent_one_open.
SELECT organisation_id FROM public.pooled_members(%(firm)s, %(version)s, %(before)s) ORDER BY organisation_id
