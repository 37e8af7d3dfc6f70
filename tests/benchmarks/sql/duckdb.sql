-- Takes: the Parquet files of events and customers, the window as instants, the table action, full points, as_of, zone.
-- Gives: one row per customer: number, points in thousandths, score in millionths, band, days since the last action, traits.
-- Tenant filter: none; the files hold one organisation.
-- Window: [window_from, window_to), instants.
-- Index relied on: none; row groups outside the window are skipped by their statistics.
CREATE OR REPLACE TABLE scored AS
WITH counted AS (
    SELECT e.customer_number,
           LEAST(sum(e.occurrences), a.cap) * a.weight AS points,
           max(e.occurred_at) AS last_at
    FROM read_parquet($events) e
    JOIN action a USING (name)
    WHERE e.occurred_at >= $window_from AND e.occurred_at < $window_to
    GROUP BY e.customer_number, e.name, a.weight, a.cap
), summed AS (
    SELECT customer_number, sum(points)::bigint AS points, max(last_at) AS last_at
    FROM counted
    GROUP BY customer_number
), placed AS (
    SELECT c.number AS customer_number, c.region, c.plan, c.age,
           COALESCE(s.points, 0) AS points,
           LEAST(GREATEST(COALESCE(s.points, 0), 0), $full::bigint) AS clipped,
           ($as_of::date - timezone($zone, s.last_at)::date)::smallint AS days_since
    FROM read_parquet($customers) c
    LEFT JOIN summed s ON s.customer_number = c.number
)
SELECT customer_number, region, plan, age, points,
       ((200000000 * clipped + $full::bigint) // (2 * $full::bigint))::bigint AS score,
       CASE WHEN 100000 * clipped > $excellent::bigint * $full::bigint THEN 2
            WHEN 100000 * clipped >= $good::bigint * $full::bigint THEN 1
            ELSE 0 END::smallint AS band,
       days_since
FROM placed
ORDER BY customer_number
