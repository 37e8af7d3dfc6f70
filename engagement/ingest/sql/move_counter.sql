-- Takes: the organisation, the next free number.
-- Gives: nothing; the counter only moves up.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id).
UPDATE ingest_customercounter SET next_number = %(next_number)s
WHERE organisation_id = %(organisation_id)s AND next_number < %(next_number)s
