-- Takes: the organisation, the local days [first, as_of] of the window, the definitions, a list of customer numbers.
-- Gives: the same rows as activity.sql, for these customers wherever their numbers lie (those merged into others).
-- Tenant filter: organisation_id is bound (as a literal: COPY takes no parameters).
-- Window: local days, both ends included.
-- Index relied on: the primary key (organisation_id, day, customer_number, definition).
COPY (
    SELECT a.customer_number, a.definition, {as_of}::date - a.day, a.occurrences, a.value
    FROM scoring_activity_open a
    WHERE a.organisation_id = {organisation_id}
      AND a.day >= {first}::date AND a.day <= {as_of}::date
      AND a.definition = ANY ({definitions}::int[])
      AND a.customer_number = ANY ({numbers}::bigint[])
) TO STDOUT (FORMAT binary)
