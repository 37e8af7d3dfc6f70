-- Takes: the organisation, the name of a trait, a value as text.
-- Gives: one row: the numbers of the customers of whom that is known, an array in PostgreSQL's binary form; null: nobody.
-- Tenant filter: organisation_id is bound. Whether they are scored is for the run to say.
-- Window: none; traits are those known now.
-- Index relied on: the primary key (organisation_id, number), read whole: traits have no index of their own.
SELECT array_send(array_agg(c.number))
FROM ingest_customer c
WHERE c.organisation_id = %(organisation_id)s AND btrim(c.traits ->> %(trait)s::text) = %(value)s::text
