-- Takes: the organisation.
-- Gives: one row: the first local day with packed activity; null without any.
-- Tenant filter: organisation_id is bound.
-- Window: none.
-- Index relied on: the primary key (organisation_id, day, chunk), its beginning.
SELECT min(b.day) FROM scoring_activity_block b WHERE b.organisation_id = %(organisation_id)s
