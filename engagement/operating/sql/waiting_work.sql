-- Takes: nothing
-- Gives: one row per kind of work: how much is free, how much a worker holds, the age of the oldest in seconds; the age
-- is in the first 48 bits of a row's id (UUIDv7: milliseconds), which says nothing for definitions and
-- yardsticks, which are looked at again after each scoring
-- Tenant filter: none; the functions give ids of all organisations, counted here
-- Window: none
-- Index relied on: those of the functions
WITH work (kind, id, is_free) AS (
    SELECT everything.kind, everything.id, free.id IS NOT NULL
    FROM public.pending_work('infinity') AS everything
    LEFT JOIN public.pending_work(now()) AS free USING (organisation_id, kind, id)
    UNION ALL
    SELECT 'preview', everything.id, free.id IS NOT NULL
    FROM public.pending_previews('infinity') AS everything
    LEFT JOIN public.pending_previews(now()) AS free USING (organisation_id, id)
    UNION ALL
    SELECT 'yardstick', everything.id, free.id IS NOT NULL
    FROM public.pending_yardsticks('infinity') AS everything
    LEFT JOIN public.pending_yardsticks(now()) AS free USING (organisation_id, id)
    UNION ALL
    SELECT 'breakdown', everything.id, free.id IS NOT NULL
    FROM public.pending_breakdowns('infinity') AS everything
    LEFT JOIN public.pending_breakdowns(now()) AS free USING (organisation_id, id)
    UNION ALL
    SELECT 'erasure', everything.id, free.id IS NOT NULL
    FROM public.pending_erasures('infinity') AS everything
    LEFT JOIN public.pending_erasures(now()) AS free USING (organisation_id, id)
    UNION ALL
    SELECT 'takeout', everything.id, free.id IS NOT NULL
    FROM public.pending_takeouts('infinity') AS everything
    LEFT JOIN public.pending_takeouts(now()) AS free USING (organisation_id, id)
    UNION ALL
    SELECT 'job', everything.id, free.id IS NOT NULL
    FROM public.pending_jobs('infinity') AS everything
    LEFT JOIN public.pending_jobs(now()) AS free USING (organisation_id, id)
)
SELECT kinds.kind,
       count(work.id) FILTER (WHERE work.is_free),
       count(work.id) FILTER (WHERE NOT work.is_free),
       CASE WHEN kinds.kind NOT IN ('definition', 'yardstick') AND count(work.id) > 0
            THEN GREATEST(0, EXTRACT(EPOCH FROM now())::bigint - min(
                ('x' || left(replace(work.id::text, '-', ''), 12))::bit(48)::bigint / 1000)) END
FROM unnest(ARRAY['batch', 'import', 'run', 'preview', 'yardstick', 'breakdown', 'erasure', 'takeout',
                  'job', 'definition'])
     WITH ORDINALITY AS kinds (kind, place)
LEFT JOIN work USING (kind)
GROUP BY kinds.kind, kinds.place
ORDER BY kinds.place
