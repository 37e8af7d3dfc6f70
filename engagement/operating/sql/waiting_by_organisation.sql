-- Takes: limit
-- Gives: one row per organisation for which something waits: its id and how many rows, most first
-- Tenant filter: none; the functions give ids of all organisations, counted here
-- Window: none
-- Index relied on: those of the functions
SELECT organisation_id, count(*)
FROM (SELECT organisation_id FROM public.pending_work('infinity')
      UNION ALL SELECT organisation_id FROM public.pending_previews('infinity')
      UNION ALL SELECT organisation_id FROM public.pending_yardsticks('infinity')
      UNION ALL SELECT organisation_id FROM public.pending_breakdowns('infinity')
      UNION ALL SELECT organisation_id FROM public.pending_erasures('infinity')
      UNION ALL SELECT organisation_id FROM public.pending_takeouts('infinity')
      UNION ALL SELECT organisation_id FROM public.pending_jobs('infinity')) AS work
GROUP BY organisation_id
ORDER BY count(*) DESC, organisation_id
LIMIT %(limit)s
