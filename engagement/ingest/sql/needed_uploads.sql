-- Takes: the instant since which the file of a failed import is kept.
-- Gives: one row per upload that may still be needed: its name on disk.
-- Tenant filter: none; maintenance, random names only.
-- Window: imports that wait, those that failed since the instant, and those uploaded since then that wait for somebody.
-- Index relied on: none; imports are few.
SELECT stored_as FROM ingest_fileimport
WHERE state = 'waiting'
   OR (state = 'failed' AND finished_at >= %(since)s)
   OR (state = 'draft' AND created_at >= %(since)s)
