-- Takes: the organisation, an id for the entry, its content as one line of canonical JSON.
-- Gives: the entry's number in the organisation's chain; NULL when the organisation is not in scope for reading.
-- Tenant filter: in the function, which reads app.org_read itself.
-- Window: none.
-- Index relied on: the primary key of tenants_auditchain; its row is locked until the transaction ends.
SELECT public.audit_append(%(organisation_id)s::bigint, %(id)s::uuid, %(content)s::text)
