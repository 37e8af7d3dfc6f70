-- Takes: the organisation, a version of its themes, a JSON list of objects: id, theme_numbers.
-- Gives: no rows.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, id).
UPDATE feedback_feedbackitem AS item
SET theme_numbers = made.theme_numbers, matched_version = %(version)s
FROM json_to_recordset(%(rows)s::json) AS made (id uuid, theme_numbers integer[])
WHERE item.organisation_id = %(organisation_id)s AND item.id = made.id
