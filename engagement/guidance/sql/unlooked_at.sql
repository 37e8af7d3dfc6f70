-- Takes: an instant.
-- Gives: the organisations with a score whose measuring nobody has looked at since.
-- Tenant filter: none; a definer function answers with ids, each is looked at in its organisation's scope.
-- Window: from the instant, included, to now.
-- Index relied on: guidance_pitfallcheck_once_a_day.
SELECT organisation_id FROM public.unlooked_at(%(before)s)
