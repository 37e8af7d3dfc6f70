-- Takes: the organisation.
-- Gives: one row, the next free customer number; whoever asks next waits until this transaction ends.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id).
INSERT INTO ingest_customercounter AS counter (organisation_id, next_number)
VALUES (%(organisation_id)s, 1)
ON CONFLICT (organisation_id) DO UPDATE SET next_number = counter.next_number
RETURNING counter.next_number
