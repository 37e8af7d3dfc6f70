-- Takes: digest (a key's digest, bytea).
-- Gives: its value, while that has not expired.
-- Tenant filter: none; the table belongs to nobody and holds digests, counters and marks only.
-- Window: none.
-- Index relied on: the primary key.
SELECT value FROM public.tenants_cache WHERE digest = %(digest)s::bytea AND expires_at > clock_timestamp()
