-- Takes: two instants.
-- Gives: what was said about questions between them, and not everybody who is to be told has a mail about.
-- Tenant filter: none; a definer function answers with ids, each is mailed in its organisation's scope.
-- Window: from the first instant to the second, both included.
-- Index relied on: insights_questionline_unmailed.
SELECT organisation_id, id FROM public.unmailed_question_lines(%(written_from)s, %(written_until)s)
