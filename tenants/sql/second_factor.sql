-- Takes: a person.
-- Gives: one row: whether they need a second factor, and whether they have one.
-- Tenant filter: none: the function looks at the person's own memberships and gives one yes or no.
-- Window: none.
-- Index relied on: the one of mfa_authenticator on user_id.
SELECT public.needs_second_factor(%(user_id)s::uuid),
       EXISTS (SELECT 1 FROM mfa_authenticator a WHERE a.user_id = %(user_id)s::uuid AND a.type IN ('totp', 'webauthn'))
