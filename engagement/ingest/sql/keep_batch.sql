-- Takes: the organisation, the id of a request, that of its key, its kind, its body, and when it was received.
-- Gives: one row, the request's id, once it is kept and waits; none where the organisation is suspended.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key of tenants_organisation.
INSERT INTO ingest_ingestbatch (
    organisation_id, id, key_id, kind, raw, received_at, state, attempts, failures, stored, duplicates, rejected,
    conflicts
)
SELECT %(organisation_id)s, %(id)s, %(key_id)s, %(kind)s, %(raw)s, %(now)s, 'waiting', 0, 0, 0, 0, 0, 0
WHERE NOT EXISTS (
    SELECT FROM tenants_organisation o WHERE o.id = %(organisation_id)s AND o.suspended_at IS NOT NULL
)
RETURNING id
