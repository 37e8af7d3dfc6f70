-- Takes: the organisation and the weight set.
-- Gives: one row of JSON texts: the set's actions that have been counted, in the order of their definitions; the segments
--        in use, by id, with their latest rules; the latest exclusion or null; and whether the set has overrides.
-- Tenant filter: organisation_id is bound for every table.
-- Window: none.
-- Index relied on: the keys (organisation_id, …) of each; some hundred rows of configuration at most.
SELECT
    (SELECT COALESCE(json_agg(json_build_object(
        'key', a.key, 'name', a.name, 'channel', a.channel, 'definition', d.number,
        'measure', COALESCE(d.rule ->> 'measure', 'count'), 'weight_thousandths', w.weight_thousandths, 'cap', w.cap
    ) ORDER BY d.number), '[]')::text
    FROM scoring_weight w
    JOIN scoring_action a ON a.organisation_id = w.organisation_id AND a.id = w.action_id
    JOIN LATERAL (
        SELECT d.number, d.rule FROM scoring_actiondefinition d
        WHERE d.organisation_id = %(organisation_id)s AND d.action_id = a.id AND d.rolled_up_at IS NOT NULL
        ORDER BY d.number DESC LIMIT 1
    ) d ON true
    WHERE w.organisation_id = %(organisation_id)s AND w.weight_set_id = %(weight_set_id)s),
    (SELECT COALESCE(json_agg(json_build_object(
        'id', s.id, 'key', s.key, 'name', s.name, 'definition', d.number, 'rule', d.rule
    ) ORDER BY s.id), '[]')::text
    FROM scoring_segment s
    JOIN LATERAL (
        SELECT d.number, d.rule FROM scoring_segmentdefinition d
        WHERE d.organisation_id = %(organisation_id)s AND d.segment_id = s.id
        ORDER BY d.number DESC LIMIT 1
    ) d ON true
    WHERE s.organisation_id = %(organisation_id)s AND s.archived_at IS NULL),
    (SELECT json_build_object('definition', e.number, 'rule', e.rule)::text FROM scoring_exclusiondefinition e
    WHERE e.organisation_id = %(organisation_id)s ORDER BY e.number DESC LIMIT 1),
    EXISTS (
        SELECT 1 FROM scoring_weightoverride o
        WHERE o.organisation_id = %(organisation_id)s AND o.weight_set_id = %(weight_set_id)s
    )
