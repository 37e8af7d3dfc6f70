-- Takes: the moment.
-- Gives: one row per mail that is due and that nobody has in hand: its organisation and id, the earliest due first.
-- Tenant filter: none; which organisation has what is not known yet, so a definer function answers with ids only.
-- Window: until the moment.
-- Index relied on: rounds_reportmail_waiting, inside the function.
SELECT organisation_id, mail_id FROM public.pending_report_mails(%(moment)s)
