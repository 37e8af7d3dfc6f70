-- Takes: an instant.
-- Gives: one row per person whose weekly mail is due then and not yet asked for, with the Monday it is for.
-- Tenant filter: none; a definer function answers with people and days, what a mail says is read as that person may.
-- Window: Mondays from 7:00 to midnight, in the zone of the person's firm, or else of their organisation.
-- Index relied on: tenants_digest_once.
SELECT user_id, week FROM public.due_digests(%(moment)s)
