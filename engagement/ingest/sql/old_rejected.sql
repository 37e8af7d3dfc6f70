-- Takes: the instant before which a rejected message or row is old, how many to take.
-- Gives: nothing; so many of them go.
-- Tenant filter: none; maintenance, the same for all organisations.
-- Window: created before the instant.
-- Index relied on: none across organisations; once a day, a scan.
DELETE FROM ingest_rejectedevent r
USING (SELECT organisation_id, id FROM ingest_rejectedevent WHERE created_at < %(before)s LIMIT %(limit)s) AS old
WHERE r.organisation_id = old.organisation_id AND r.id = old.id
