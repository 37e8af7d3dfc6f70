-- Takes: the organisation that had its turn last, organisations to pass over, and the moment.
-- Gives: at most one row, the longest waiting free request of the organisation that comes after it, round and round.
-- Tenant filter: none; which organisation has work is not known yet, so a definer function answers with ids only.
-- Window: none.
-- Index relied on: ingest_batch_waiting, in its order, inside the function.
SELECT organisation_id, id
FROM (
    SELECT 1 AS round, * FROM public.next_waiting_batch(%(after)s, %(passed_over)s, %(now)s)
    UNION ALL SELECT 2, * FROM public.next_waiting_batch(0, %(passed_over)s, %(now)s)
) AS found
ORDER BY round LIMIT 1
