-- Takes: the SHA-256 digest of an organisation's API token.
-- Gives: one row per organisation it opens: its own and, for a firm, the clients.
-- Tenant filter: none; no scope is open yet, so a definer function answers for this digest only.
-- Window: none.
-- Index relied on: the unique index on the digest, inside the function.
SELECT organisation_id, slug, name, kind, firm_id FROM public.reach_of_token(%(digest)s)
