-- Takes: organisations and, in the same order, the last day of the last finished month of each.
-- Gives: one row per organisation that was ever scored and whose report of that month nobody has published although
--   somebody waits for it (it has recipients, or a plan prepares it): the organisation, and how many days after the
--   month it is due.
-- Tenant filter: the organisations bound, and the policies; a firm's plan is read where the firm is in scope.
-- Window: one month.
-- Index relied on: the unique keys of pointers, recipients, plans, entries and reports, each beginning with the
--   organisation.
SELECT asked.id, COALESCE(own.due_days, firms.due_days, 5)
FROM unnest(%(organisations)s::bigint[], %(days)s::date[]) AS asked (id, last_day)
JOIN tenants_organisation AS o ON o.id = asked.id
LEFT JOIN rounds_plan AS own ON own.organisation_id = o.id AND own.has_own_times
LEFT JOIN rounds_plan AS firms ON firms.organisation_id = o.firm_id
WHERE (
    CASE WHEN own.id IS NULL THEN firms.prepare_day ELSE own.prepare_day END IS NOT NULL
    OR EXISTS (SELECT 1 FROM rounds_recipient AS r WHERE r.organisation_id = o.id)
)
AND EXISTS (SELECT 1 FROM scoring_runpointer AS scored WHERE scored.organisation_id = o.id)
AND NOT EXISTS (
    SELECT 1 FROM rounds_entry AS e
    WHERE e.organisation_id = o.id AND e.last_day = asked.last_day AND e.left_out_because <> ''
)
AND NOT EXISTS (
    SELECT 1 FROM reports_report AS report
    JOIN reports_reportversion AS version
        ON version.organisation_id = report.organisation_id AND version.report_id = report.id
    WHERE report.organisation_id = o.id AND report.last_day = asked.last_day
        AND report.by = 'month' AND report.segment_id IS NULL
)
