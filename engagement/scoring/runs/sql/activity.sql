-- Takes: the organisation, the local days [first, as_of] of the window, the definitions, the numbers [low, high).
-- Gives: one row per day, customer and definition with activity: number, definition, age in days at as_of,
--        occurrences, value; all of fixed width, for COPY in binary form.
-- Tenant filter: organisation_id is bound (as a literal: COPY takes no parameters).
-- Window: local days, both ends included.
-- Index relied on: the primary key (organisation_id, day, customer_number, definition).
COPY (
    SELECT a.customer_number, a.definition, {as_of}::date - a.day, a.occurrences, a.value
    FROM scoring_activity_open a
    WHERE a.organisation_id = {organisation_id}
      AND a.day >= {first}::date AND a.day <= {as_of}::date
      AND a.definition = ANY ({definitions}::int[])
      AND a.customer_number >= {low} AND a.customer_number < {high}
) TO STDOUT (FORMAT binary)
