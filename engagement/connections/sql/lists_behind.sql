-- Takes: an instant.
-- Gives: the segments sent to lists that something is left of, or a newer run of a finished day is there for.
-- Tenant filter: none; a definer function answers with ids, each is looked at in its organisation's scope.
-- Window: runs in force of days that were over at the instant.
-- Index relied on: scoring_runpointer_day.
SELECT organisation_id, id FROM public.lists_behind(%(at_instant)s)
