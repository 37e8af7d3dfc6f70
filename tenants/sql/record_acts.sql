-- Takes: the organisation.
-- Gives: one row per distinct act on its record, in order; found by leaps through the index, not by reading all entries.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: tenants_audit_act (organisation_id, act, number).
WITH RECURSIVE leap(act) AS (
    SELECT min(e.act) FROM tenants_auditentry e WHERE e.organisation_id = %(organisation_id)s
    UNION ALL
    SELECT (
        SELECT min(e.act) FROM tenants_auditentry e
        WHERE e.organisation_id = %(organisation_id)s AND e.act > leap.act
    )
    FROM leap WHERE leap.act IS NOT NULL
)
SELECT act FROM leap WHERE act IS NOT NULL
