-- Takes: the organisation, the number of the rule set, a day of keys, how many events it and the days beside it have, and
--        a digest of their ids.
-- Gives: no rows; it is noted what the labels of the day rest on.
-- Tenant filter: organisation_id is bound.
-- Window: the day.
-- Index relied on: the primary key (organisation_id, rule_set, day).
INSERT INTO scoring_machine_day (organisation_id, events, digest, rule_set, day)
VALUES (%(organisation_id)s, %(events)s, %(digest)s, %(rule_set)s, %(day)s)
ON CONFLICT (organisation_id, rule_set, day) DO UPDATE SET events = EXCLUDED.events, digest = EXCLUDED.digest
