-- Takes: the last part of an organisation's address.
-- Gives: one row, the organisation's id; NULL when nobody is at that address.
-- Tenant filter: none; an operator names an organisation before it is in scope, a definer function answers with its id.
-- Window: none.
-- Index relied on: the unique index on the slug, inside the function.
SELECT public.organisation_at(%(slug)s)
