-- Takes: the SHA-256 digest of an API token, and the moment of use.
-- Gives: one row, 1 where the moment was written, 0 where the last one is not a minute old or somebody holds the row.
-- Tenant filter: none; a definer function writes this one column of this one token.
-- Window: at most once a minute.
-- Index relied on: the unique indexes on the digests, inside the function.
SELECT public.token_used(%(digest)s, %(now)s)
