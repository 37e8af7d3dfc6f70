-- Takes: digest (bytea), value (jsonb), seconds (how long it is kept; null: for ever).
-- Gives: nothing; the row is there afterwards, whatever stood there before.
-- Tenant filter: none; the table belongs to nobody.
-- Window: none.
-- Index relied on: the primary key.
INSERT INTO public.tenants_cache AS kept (digest, value, expires_at)
VALUES (%(digest)s::bytea, %(value)s::jsonb,
        COALESCE(clock_timestamp() + make_interval(secs => %(seconds)s::float8), 'infinity'))
ON CONFLICT (digest) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
