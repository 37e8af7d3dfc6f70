"""`make bench`: a full run with results written, against the same numbers in plain SQL over the same rows.

Figures, not tests: no time is asserted, but the two answers must agree before any time counts. Use the ratio, not the
times. CUSTOMERS (default 20,000) sets the size.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from statistics import median

from tests import database

ROUNDS = 5
CUSTOMERS = int(os.environ.get("CUSTOMERS", "20000"))
ACTIONS = 12
PEER = """
    SELECT sum(points), sum(LEAST(GREATEST(points, 0), 60000) * 100000000 / 60000) FROM (
        SELECT c.number, COALESCE(sum(a.occurrences * w.weight), 0) AS points
        FROM ingest_customer c
        LEFT JOIN scoring_activity_open a
               ON a.organisation_id = c.organisation_id AND a.customer_number = c.number
              AND a.day BETWEEN %(first)s AND %(as_of)s
        LEFT JOIN unnest(%(definitions)s::int[], %(weights)s::bigint[]) AS w (definition, weight)
               ON w.definition = a.definition
        WHERE c.organisation_id = %(organisation_id)s
        GROUP BY c.number
    ) AS customer
"""


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    database.clone(database.DATABASE)
    import django

    django.setup()
    try:
        _measure()
    finally:
        database.pytest_unconfigure(None)


def _measure() -> None:
    from django.db import connection

    from engagement.insights.selectors import scorecard
    from engagement.insights.services import score
    from tenants.scope import organisation_scope
    from tests.conftest import NOW, build_world
    from tests.insights.scoring_world import AS_OF, add_customers, make_small

    weights = {f"a{at}": ("website", 1_000 * (at + 1), None) for at in range(ACTIONS)}
    small = make_small(build_world().ours, weights=weights, full_points=60_000)
    add_customers(small, [(number, {}) for number in range(1, CUSTOMERS + 1)])
    with organisation_scope(small.id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO scoring_activity_open (organisation_id, customer_number, definition, day, occurrences, value) "
            "SELECT %s, 1 + (n::bigint * 7919) %% %s, 500 + n %% %s, %s::date - (n / 7) %% 90, 1 + n %% 3, 0 "
            "FROM generate_series(1, %s) AS n ON CONFLICT DO NOTHING",
            [small.id, CUSTOMERS, ACTIONS, AS_OF, CUSTOMERS * 40],
        )
        rows = cursor.rowcount
    ours, theirs = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        score(organisation_id=small.id, as_of=AS_OF, cause="history", now=NOW)
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        with organisation_scope(small.id, write=False), connection.cursor() as cursor:
            cursor.execute(
                PEER,
                {
                    "organisation_id": small.id,
                    "first": AS_OF - timedelta(days=89),
                    "as_of": AS_OF,
                    "definitions": list(small.definitions.values()),
                    "weights": [weight for _, weight, _ in weights.values()],
                },
            )
            points, _ = cursor.fetchone()
        theirs.append(time.perf_counter() - begun)
    with organisation_scope(small.id, write=False):
        card = scorecard(organisation=small.organisation, now=NOW, as_of=AS_OF)
    assert card is not None
    assert card.total.total_points * 1000 == points, "the two answers differ: no time counts"
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"{CUSTOMERS:,} customers, {ACTIONS} actions, {rows:,} rows of activity in 90 days, {ROUNDS} rounds, medians")
    print(f"  full run, results written   {median(ours):8.3f} s   {median(ratios):5.2f} of plain SQL "
          f"({ratios[0]:.2f}–{ratios[-1]:.2f})")  # fmt: skip
    print(f"  the same sums in plain SQL  {median(theirs):8.3f} s   1.00")


if __name__ == "__main__":
    main()
