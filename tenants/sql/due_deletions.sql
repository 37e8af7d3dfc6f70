-- Takes: the instant.
-- Gives: one row per client whose days of grace are over: id, slug, firm, when and by whom it was asked, entries of its
--        record and the hash of the last.
-- Tenant filter: none; maintenance.
-- Window: those to be deleted before the instant.
-- Index relied on: none; organisations are few.
SELECT o.id, o.slug::text, o.firm_id, o.deletion_asked_at, u.id, COALESCE(c.number, 0),
       COALESCE(encode(c.hash, 'hex'), '')
FROM tenants_organisation o
LEFT JOIN tenants_auditchain c ON c.organisation_id = o.id
LEFT JOIN tenants_user u ON u.id = o.deletion_asked_by
WHERE o.kind = 'client' AND o.delete_after <= %(now)s
ORDER BY o.delete_after
