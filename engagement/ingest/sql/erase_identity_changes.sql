-- Takes: the organisation.
-- Gives: one row: how many entries of the record of identities went, those that name somebody erased.
-- Tenant filter: the function takes the organisation and compares it with the one in scope for writing.
-- Window: none.
-- Index relied on: ingest_identity_number and ingest_identity_target, by the erased customers' numbers.
SELECT public.erase_identity_changes(%(organisation_id)s)
