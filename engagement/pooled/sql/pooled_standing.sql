-- Takes: a firm.
-- Gives: one row per quarter, lever and industry: how many clients of the firm still stand behind it.
-- Tenant filter: the firm has to be in scope for reading; a definer function answers with counts.
-- Window: none.
-- Index relied on: pooled_contribution_once.
SELECT last_day, lever, industry, organisations FROM public.pooled_standing(%(firm)s)
