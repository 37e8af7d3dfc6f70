-- Takes: table, put in as a quoted name
-- Gives: one row: how many rows there are, and two sums of halves of each row's MD5, which do not depend on the order of
-- rows or columns; a changed, lost or added row changes them
-- Tenant filter: none, it reads every organisation, as the backup role
-- Window: none
-- Index relied on: none, it reads everything
SELECT count(*),
       COALESCE(sum(('x' || left(digest, 16))::bit(64)::bigint), 0)::text
       || ' ' || COALESCE(sum(('x' || right(digest, 16))::bit(64)::bigint), 0)::text
FROM (SELECT md5(to_jsonb(t)::text) AS digest FROM {table} AS t) AS rows
