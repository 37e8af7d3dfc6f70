-- Takes: the organisation, the run, its base, its day, and a JSON list of objects: id, segment_id, states.
-- Gives: no rows; an error where the run has a ledger of a segment already.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: none; the keys are checked by theirs.
INSERT INTO insights_segmentledger (organisation_id, id, run_id, base_id, segment_id, as_of, states)
SELECT %(organisation_id)s, made.id, %(run_id)s, %(base_id)s, made.segment_id, %(as_of)s, made.states
FROM json_to_recordset(%(rows)s::json) AS made (id uuid, segment_id uuid, states jsonb)
