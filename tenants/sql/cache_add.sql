-- Takes: digest (bytea), value (jsonb), seconds (how long it is kept; null: for ever).
-- Gives: touches one row if nothing stood there, or only something expired; none otherwise. Of two at once, one wins.
-- Tenant filter: none; the table belongs to nobody.
-- Window: none.
-- Index relied on: the primary key.
INSERT INTO public.tenants_cache AS kept (digest, value, expires_at)
VALUES (%(digest)s::bytea, %(value)s::jsonb,
        COALESCE(clock_timestamp() + make_interval(secs => %(seconds)s::float8), 'infinity'))
ON CONFLICT (digest) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
WHERE kept.expires_at <= clock_timestamp()
