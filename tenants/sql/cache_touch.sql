-- Takes: digest (bytea), seconds (how long from now; null: for ever).
-- Gives: touches the row if it has not expired.
-- Tenant filter: none; the table belongs to nobody.
-- Window: none.
-- Index relied on: the primary key.
UPDATE public.tenants_cache
SET expires_at = COALESCE(clock_timestamp() + make_interval(secs => %(seconds)s::float8), 'infinity')
WHERE digest = %(digest)s::bytea AND expires_at > clock_timestamp()
