-- Takes: the SHA-256 digest of a write key.
-- Gives: at most one row, the organisation and the id of the key; none for an unknown or revoked one.
-- Tenant filter: none; the organisation is not known yet, so a definer function answers with ids only.
-- Window: none.
-- Index relied on: the unique index on the digest, inside the function.
SELECT organisation_id, key_id FROM public.resolve_write_key(%(digest)s)
