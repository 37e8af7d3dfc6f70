-- Takes: nothing
-- Gives: one row: how many organisations have closed days to pack
-- Tenant filter: none; the function gives ids of all organisations, counted here
-- Window: none
-- Index relied on: those of the function
SELECT count(*) FROM public.due_packings(now())
