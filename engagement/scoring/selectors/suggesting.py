"""Full points that the data suggests, and how customers are spread over points."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from engagement.scoring.formula import Distribution, FullPointsMethod, IntArray, points_units, scale_of, suggest_from
from engagement.scoring.runs.plan import RunPlan
from engagement.scoring.selectors.counted import formula_of
from engagement.scoring.selectors.weights import to_points
from engagement.scoring.types import FullPointsSuggestion, Histogram

N_BINS: Final = 20  # and an open one
_BINS_REACH: Final = 3  # times full points, about: who lies far beyond need not be told apart


def suggested(*, plan: RunPlan, distribution: Distribution, n: int, decided: int | None) -> FullPointsSuggestion:
    """From the points of the active among n customers, who are all scored with the set's own numbers.

    `decided` full points in thousandths, None where there are none. A value is None where nobody is active or the
    typical active customer has no points above 0.
    """
    formula = formula_of(plan)

    def by(method: FullPointsMethod) -> Decimal | None:
        found = suggest_from(distribution=distribution, method=method, scale=scale_of(formula))
        return None if found is None else to_points(found)

    median = by("median")
    return FullPointsSuggestion(
        as_of=plan.as_of,
        window_days=plan.window_days,
        n=n,
        n_active=distribution.n,
        median=median,
        p60=by("p60"),
        p75=by("p75"),
        mean=by("mean"),
        histogram=histogram(
            values=np.append(distribution.values, 0),
            counts=np.append(distribution.counts, n - distribution.n),
            units_per_point=points_units(formula),
            around=max(to_points(decided or 0), median or to_points(0)),
        ),
    )


def histogram(*, values: IntArray, counts: IntArray, units_per_point: int, around: Decimal | int) -> Histogram:
    """Customers by points in `N_BINS` bins from 0 and an open one; the bins reach about three times `around`.

    `counts` (k,) customers have `values` (k,) points in units; the width is 1, 2 or 5 times a power of ten, at least
    one point. Customers below 0 are counted apart.

    >>> few = histogram(values=np.array([0, 9_000, 61_000]), counts=np.ones(3, int), units_per_point=1000, around=10)
    >>> few.counts[:5]
    (1, 0, 0, 0, 1)
    """
    width = _bin_width(Fraction(around) * _BINS_REACH / N_BINS)
    below = values < 0
    bins = np.minimum(values[~below] // (units_per_point * width), N_BINS)
    found = np.zeros(N_BINS + 1, dtype=np.int64)
    np.add.at(found, bins, counts[~below])
    return Histogram(
        counts=tuple(int(n) for n in found),
        bin_width=width,
        n_negative=int(counts[below].sum()),
        whole_numbers=not bool(np.any(values[counts > 0] % units_per_point)),
    )


def _bin_width(at_least: Fraction) -> int:
    widths: Sequence[int] = [digit * 10**power for power in range(9) for digit in (1, 2, 5)]
    return next((width for width in widths if width >= at_least), widths[-1])
