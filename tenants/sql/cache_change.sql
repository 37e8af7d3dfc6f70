-- Takes: digest (bytea), delta (bigint).
-- Gives: the number after adding; no row where there is none, or an expired one.
-- Tenant filter: none; the table belongs to nobody.
-- Window: the row keeps its end.
-- Index relied on: the primary key.
UPDATE public.tenants_cache SET value = to_jsonb((value #>> '{}')::bigint + %(delta)s::bigint)
WHERE digest = %(digest)s::bytea AND expires_at > clock_timestamp()
RETURNING (value #>> '{}')::bigint
