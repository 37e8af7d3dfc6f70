-- Takes: the organisation, the window as instants [window_from, window_to) and as UTC days, names with weights and caps,
--        full points, as_of, the time zone.
-- Gives: one row per customer: number, points in thousandths, score in millionths, band, days since the last action.
-- Tenant filter: organisation_id is bound, for events and for customers.
-- Window: [window_from, window_to), instants; `day` narrows it to the months' partitions.
-- Index relied on: none; all events of the window are read.
CREATE TABLE bench.sql AS
WITH action AS (
    SELECT * FROM unnest(%(names)s::text[], %(weights)s::bigint[], %(caps)s::bigint[]) AS a (name, weight, cap)
), counted AS (
    SELECT e.customer_number,
           LEAST(sum(e.occurrences), a.cap) * a.weight AS points,
           max(e.occurred_at) AS last_at
    FROM ingest_event e
    JOIN action a USING (name)
    WHERE e.organisation_id = %(organisation_id)s
      AND e.day BETWEEN %(first_day)s AND %(last_day)s
      AND e.occurred_at >= %(window_from)s AND e.occurred_at < %(window_to)s
    GROUP BY e.customer_number, e.name, a.weight, a.cap
), summed AS (
    SELECT customer_number, sum(points)::bigint AS points, max(last_at) AS last_at
    FROM counted
    GROUP BY customer_number
), placed AS (
    SELECT c.number AS customer_number,
           COALESCE(s.points, 0) AS points,
           LEAST(GREATEST(COALESCE(s.points, 0), 0), %(full)s::bigint) AS clipped,
           %(as_of)s::date - (s.last_at AT TIME ZONE %(zone)s)::date AS days_since
    FROM ingest_customer c
    LEFT JOIN summed s ON s.customer_number = c.number
    WHERE c.organisation_id = %(organisation_id)s
      AND c.identified AND c.merged_into IS NULL AND NOT c.excluded
)
SELECT customer_number,
       points,
       (200000000 * clipped + %(full)s::bigint) / (2 * %(full)s::bigint) AS score,
       CASE WHEN 100000 * clipped > %(excellent)s::bigint * %(full)s::bigint THEN 2
            WHEN 100000 * clipped >= %(good)s::bigint * %(full)s::bigint THEN 1
            ELSE 0 END::smallint AS band,
       days_since::smallint AS days_since
FROM placed
