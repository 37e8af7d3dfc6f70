-- Takes: organisations and, in the same order, the last day of a month at each.
-- Gives: one row per organisation: the number of the run in force on that day, the last local day with counted activity,
--   how many open findings no step answers, how many questions wait, and what became of the last preparing that was
--   asked for ("" for a refusal, whose reason stands for itself).
-- Tenant filter: the organisations bound, and the policies.
-- Window: the day; findings and questions as they are now.
-- Index relied on: the primary and unique keys of pointers, activity, findings, questions and jobs, each beginning with
--   the organisation.
SELECT
    asked.id,
    (
        SELECT run.number FROM scoring_runpointer AS pointer
        JOIN scoring_scorerun AS run ON run.organisation_id = pointer.organisation_id AND run.id = pointer.run_id
        WHERE pointer.organisation_id = asked.id AND pointer.as_of = asked.last_day
    ),
    GREATEST(
        (SELECT max(open.day) FROM scoring_activity_open AS open WHERE open.organisation_id = asked.id),
        (SELECT max(block.day) FROM scoring_activity_block AS block WHERE block.organisation_id = asked.id)
    ),
    (
        SELECT count(*) FROM cases_finding AS finding
        WHERE finding.organisation_id = asked.id AND finding.closed_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM cases_initiativefinding AS answer
            JOIN cases_initiative AS step
                ON step.organisation_id = answer.organisation_id AND step.id = answer.initiative_id
            WHERE answer.organisation_id = finding.organisation_id AND answer.finding_id = finding.id
                AND step.state <> 'stopped'
        )
    ),
    (
        SELECT count(*) FROM insights_question AS question
        WHERE question.organisation_id = asked.id AND question.waiting_since IS NOT NULL
    ),
    (
        SELECT CASE WHEN job.refusal = '' THEN job.state ELSE '' END FROM tenants_job AS job
        WHERE job.organisation_id = asked.id AND job.kind = 'rounds.prepare'
            AND job.subject = asked.last_day::text
        ORDER BY job.requested_at DESC, job.id DESC LIMIT 1
    )
FROM unnest(%(organisations)s::bigint[], %(days)s::date[]) AS asked (id, last_day)
