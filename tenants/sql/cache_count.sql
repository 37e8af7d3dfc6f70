-- Takes: digest (bytea), delta (bigint), seconds (how long a new counter is kept).
-- Gives: the counter after adding; a missing or expired one begins at nought. One statement, so that none is lost.
-- Tenant filter: none; the table belongs to nobody.
-- Window: a counter that runs keeps the end it began with.
-- Index relied on: the primary key.
INSERT INTO public.tenants_cache AS kept (digest, value, expires_at)
VALUES (%(digest)s::bytea, to_jsonb(%(delta)s::bigint),
        clock_timestamp() + make_interval(secs => %(seconds)s::float8))
ON CONFLICT (digest) DO UPDATE SET
    value = CASE WHEN kept.expires_at <= clock_timestamp() THEN excluded.value
                 ELSE to_jsonb((kept.value #>> '{}')::bigint + %(delta)s::bigint) END,
    expires_at = CASE WHEN kept.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE kept.expires_at END
RETURNING (value #>> '{}')::bigint
