-- Takes: at_most (rows).
-- Gives: nothing; up to so many expired rows are gone. Rows that another process holds are left to it.
-- Tenant filter: none; the table belongs to nobody.
-- Window: rows that expired before this moment.
-- Index relied on: tenants_cache_expires_at, for the rows that expired first.
DELETE FROM public.tenants_cache WHERE digest IN (
    SELECT digest FROM public.tenants_cache WHERE expires_at <= clock_timestamp()
    ORDER BY expires_at LIMIT %(at_most)s::int FOR UPDATE SKIP LOCKED
)
