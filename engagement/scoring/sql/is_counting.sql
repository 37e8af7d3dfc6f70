-- Takes: the organisation; runs as the maintenance role.
-- Gives: one row: whether a definition has not been counted to the end.
-- Tenant filter: organisation_id is bound; the maintenance role is bound by no policy.
-- Window: none.
-- Index relied on: scoring_actiondefinition_number (organisation_id, number); definitions are few.
SELECT EXISTS (
    SELECT FROM scoring_actiondefinition d
    WHERE d.organisation_id = %(organisation_id)s AND d.rolled_up_at IS NULL
)
