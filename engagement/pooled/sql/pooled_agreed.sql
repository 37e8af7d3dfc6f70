-- Takes: a firm, a version of the text.
-- Gives: how many clients of the firm agree to it now, and never more than five: beyond, nobody can count along.
-- Tenant filter: the firm has to be in scope for reading; a definer function answers with a count.
-- Window: none.
-- Index relied on: pooled_consent_one_open.
SELECT public.pooled_agreed(%(firm)s, %(version)s)
