"""`python -m tests.forecast.grocery`: forecasts of the grocery's weekly scores, held against its own past.

Scores are counted here from the files in plain NumPy: every household, 90 days, weights 5, 8 and 1, full points
60, on the Sundays of 2017 from the first whole window on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

import numpy as np

from engagement.demo.samples import FENNEL_GROCERS
from engagement.forecast.estimates import Bounds, Series, backtest, forecast

WEIGHTS = {action.event_names[0]: int(action.weight) for action in FENNEL_GROCERS.actions}
FULL_POINTS, WINDOW = 60, 90
FIRST, LAST = date(2017, 4, 2), date(2017, 12, 31)
AHEAD = 13


def _rows(write: object) -> Iterator[dict[str, str]]:
    stream = io.BytesIO()
    assert callable(write)
    write(stream)
    yield from csv.DictReader(io.StringIO(stream.getvalue().decode()))


def weekly_scores() -> list[float]:
    """The mean score of all households on each Sunday."""
    numbers = {row["customer_id"]: at for at, row in enumerate(_rows(FENNEL_GROCERS.write_customers))}
    start = date(2016, 11, 1)
    points = np.zeros(((LAST - start).days + 1, len(numbers)))
    for row in _rows(FENNEL_GROCERS.write_events):
        day = (date.fromisoformat(row["occurred_at"][:10]) - start).days
        if 0 <= day < len(points):
            points[day, numbers[row["customer_id"]]] += WEIGHTS[row["event_type"]]
    found = []
    for last in range((FIRST - start).days, (LAST - start).days + 1, 7):
        sums = points[last - WINDOW + 1 : last + 1].sum(axis=0)
        found.append(float(np.clip(100 * sums / FULL_POINTS, 0, 100).mean()))
    return found


def main() -> None:
    scores = weekly_scores()
    series = Series(tuple(scores), 52, Bounds(0, 100))
    print(f"{len(scores)} weeks, {scores[0]:.2f} to {scores[-1]:.2f}")
    print("| method | mean miss (MASE) | forecasts | numbers | inside 80 % | inside 95 % | 95 % made wider by |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for method, test in backtest(series, steps=AHEAD).items():
        shares = " | ".join(f"{100 * inside / test.numbers:.0f} %" for inside in test.inside)
        print(f"| {method} | {test.mase:.2f} | {test.forecasts} | {test.numbers} | {shares} | {test.widening[1]:.2f} |")
    found = forecast(series, steps=AHEAD)
    end = found.steps[-1]
    print(f"chosen: {found.method}; {AHEAD} weeks ahead {end.centre:.1f}, 80 % {end.low_80:.1f} to {end.high_80:.1f}, "
          f"95 % {end.low_95:.1f} to {end.high_95:.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
