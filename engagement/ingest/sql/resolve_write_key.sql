-- Takes: the SHA-256 digest of a write key.
-- Gives: at most one row, the organisation, the id of the key and its moments; none for an unknown or revoked one.
-- Tenant filter: none; the organisation is not known yet, so a definer function answers with ids and moments only.
-- Window: none; the caller compares expires_at with its own moment.
-- Index relied on: the unique index on the digest, inside the function.
SELECT organisation_id, key_id, expires_at, last_used_at FROM public.resolve_write_key(%(digest)s)
