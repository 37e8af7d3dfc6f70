-- Takes: the instant.
-- Gives: one row per file that has been there long enough: its name on disk. Their rows say that they are gone.
-- Tenant filter: none; maintenance, random names only.
-- Window: files that expire before the instant.
-- Index relied on: none; exports of organisations are few.
UPDATE tenants_takeout t SET state = 'gone', stored_as = ''
FROM (SELECT organisation_id, id, stored_as FROM tenants_takeout WHERE state = 'done' AND expires_at < %(now)s) AS old
WHERE t.organisation_id = old.organisation_id AND t.id = old.id
RETURNING old.stored_as
