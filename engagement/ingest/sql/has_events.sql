-- Takes: days [first, following); runs as the maintenance role.
-- Gives: one row: whether anybody has an event on one of them.
-- Tenant filter: none; an answer of yes or no decides about partitions, which belong to all.
-- Window: the days given.
-- Index relied on: none; the first row ends it.
SELECT EXISTS (SELECT FROM ingest_event e WHERE e.day >= %(first)s AND e.day < %(following)s)
