-- Takes: the instant since which the file of a failed import is kept.
-- Gives: one row per upload that may still be needed: its name on disk.
-- Tenant filter: none; maintenance, random names only.
-- Window: imports that wait, and those that failed since the instant.
-- Index relied on: none; imports are few.
SELECT stored_as FROM ingest_fileimport
WHERE state = 'waiting' OR (state = 'failed' AND finished_at >= %(since)s)
