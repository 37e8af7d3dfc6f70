-- Takes: the organisation, the instant before which events are about to be deleted; runs as the maintenance role.
-- Gives: no rows; the instant only moves on.
-- Tenant filter: organisation_id is bound; the maintenance role is bound by no policy.
-- Window: none.
-- Index relied on: the primary key (organisation_id).
INSERT INTO scoring_activitystate AS state (organisation_id, events_from)
VALUES (%(organisation_id)s, %(events_from)s)
ON CONFLICT (organisation_id) DO UPDATE
SET events_from = GREATEST(state.events_from, EXCLUDED.events_from)
