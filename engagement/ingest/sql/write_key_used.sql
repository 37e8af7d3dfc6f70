-- Takes: the SHA-256 digest of a write key, and the moment of use.
-- Gives: one row, 1 where the moment was written, 0 where the last one is not a minute old or somebody holds the row.
-- Tenant filter: none; a definer function writes this one column of this one key.
-- Window: at most once a minute.
-- Index relied on: the unique index on the digest, inside the function.
SELECT public.write_key_used(%(digest)s, %(now)s)
