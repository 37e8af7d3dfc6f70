-- Takes: the name of a folder that is watched: the last part of an organisation's address.
-- Gives: one row, the organisation's id; NULL when nobody is at that address.
-- Tenant filter: none; the folder names whose it is before anybody is in scope, a definer function answers with the id.
-- Window: none.
-- Index relied on: the unique index on the slug, inside the function.
SELECT public.organisation_at(%(slug)s)
