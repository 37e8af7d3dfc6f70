-- Takes: the organisation, the run, its day, and a JSON list of objects, one per segment, named as the columns are.
-- Gives: no rows; an error where the run has a snapshot of a segment already.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: none; the keys are checked by theirs.
INSERT INTO insights_segmentsnapshot (
    organisation_id, id, run_id, segment_id, definition_number, as_of, n, n_active, n_multi_channel, sum_points,
    points_scale, sum_score_millionths, sum_score_squares, sum_point_squares, median_score_millionths, n_poor, n_good,
    n_excellent, by_action
)
SELECT
    %(organisation_id)s, made.id, %(run_id)s, made.segment_id, made.definition_number, %(as_of)s, made.n,
    made.n_active, made.n_multi_channel, made.sum_points, made.points_scale, made.sum_score_millionths,
    made.sum_score_squares, made.sum_point_squares, made.median_score_millionths, made.n_poor, made.n_good,
    made.n_excellent, made.by_action
FROM json_to_recordset(%(rows)s::json) AS made (
    id uuid, segment_id uuid, definition_number integer, n bigint, n_active bigint, n_multi_channel bigint,
    sum_points numeric, points_scale bigint, sum_score_millionths bigint, sum_score_squares numeric,
    sum_point_squares numeric, median_score_millionths bigint, n_poor bigint, n_good bigint, n_excellent bigint,
    by_action jsonb
)
