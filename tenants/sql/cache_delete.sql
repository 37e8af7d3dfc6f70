-- Takes: digest (bytea).
-- Gives: one deleted row if it had not expired, so that the caller knows; an expired one waits for the sweep.
-- Tenant filter: none; the table belongs to nobody.
-- Window: none.
-- Index relied on: the primary key.
DELETE FROM public.tenants_cache WHERE digest = %(digest)s::bytea AND expires_at > clock_timestamp()
