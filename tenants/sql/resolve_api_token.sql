-- Takes: the SHA-256 digest of an API token.
-- Gives: at most one row, what the token is and how far it goes; none for an unknown or revoked one.
-- Tenant filter: none; the organisation is not known yet, so a definer function answers for this digest only.
-- Window: none; the caller compares expires_at with its own moment.
-- Index relied on: the unique indexes on the digests, inside the function.
SELECT id, user_id, organisation_id, permissions, organisations, expires_at, last_used_at
FROM public.resolve_api_token(%(digest)s)
