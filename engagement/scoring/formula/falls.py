"""Who fell against what is usual for them: the median of a customer's own earlier scores, and how far below it.

All in whole millionths of a score. Nobody is measured against anybody else, and whoever has too few earlier scores has
no baseline: unknown, which is not a baseline of 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import IntArray
from engagement.scoring.formula.distributions import EXACT, root

ABSENT: Final = -1  # no score; scores are 0 … 100,000,000
LEAST_EARLIER: Final = 2  # one earlier score is a reading, not a habit
_BEHIND: Final = 2**62  # sorts behind every score
_Z_95: Final = Decimal("1.959963984540054235524594430520551510423")


@dataclass(frozen=True, slots=True)
class Fall:
    """At risk: at least `fall` below a baseline of at least `least`; both in millionths of a score."""

    fall: int
    least: int


def baselines(earlier: IntArray) -> IntArray:
    """The median of each customer's earlier scores, shape (n_customers,); ABSENT where fewer than two are known.

    `earlier` is (n_customers, n_runs) in millionths, ABSENT where a run did not score the customer. Of an even number
    it is the mean of the middle two, rounded half up.

    >>> baselines(np.array([[10, 30, 20], [10, ABSENT, 21], [ABSENT, 5, ABSENT]])).tolist()
    [20, 16, -1]
    """
    known = np.count_nonzero(earlier != ABSENT, axis=1)
    if earlier.shape[1] < LEAST_EARLIER:
        return np.full(len(earlier), ABSENT, dtype=np.int64)
    ordered = np.sort(np.where(earlier == ABSENT, _BEHIND, earlier), axis=1)
    rows, has = np.arange(len(earlier)), known >= LEAST_EARLIER
    low = ordered[rows, np.where(has, (known - 1) // 2, 0)]
    high = ordered[rows, np.where(has, known // 2, 0)]
    middle: IntArray = np.where(has, (low + high + 1) // 2, ABSENT)
    return middle


def fallen(*, scores: IntArray, baseline: IntArray, rule: Fall) -> NDArray[np.bool_]:
    """Who is at risk: baseline − score ≥ fall, and the baseline at least what the rule asks for. Both ends count.

    >>> rule = Fall(fall=20, least=30)
    >>> fallen(scores=np.array([30, 31, 0, 0]), baseline=np.array([50, 50, 29, ABSENT]), rule=rule).tolist()
    [True, False, False, False]
    """
    found: NDArray[np.bool_] = (baseline != ABSENT) & (baseline >= rule.least) & (baseline - scores >= rule.fall)
    return found


def share_95(*, part: int, whole: int) -> tuple[Fraction, Fraction]:
    """The 95 % interval of a share by Wilson: where shares lie that would not make `part` of `whole` surprising.

    Centre (p + z²/2n) ÷ (1 + z²/n), half width z·√(p(1−p)/n + z²/4n²) ÷ (1 + z²/n); inside 0…1 also for 0 of n and n of
    n. Of nobody it is the whole scale.

    >>> low, high = share_95(part=8, whole=10)
    >>> round(float(low), 4), round(float(high), 4)
    (0.4902, 0.9433)
    """
    return share_between(part=part, whole=whole, z=_Z_95)


def share_between(*, part: int, whole: int, z: Decimal) -> tuple[Fraction, Fraction]:
    """The same at another level: z is the quantile of the standard normal distribution that it reaches to.

    >>> share_between(part=0, whole=0, z=Decimal(2))
    (Fraction(0, 1), Fraction(1, 1))
    """
    if whole == 0:
        return Fraction(0), Fraction(1)
    share, square = Fraction(part, whole), Fraction(z) ** 2
    stretch = 1 + square / whole
    centre = (share + square / (2 * whole)) / stretch
    spread = root(share * (1 - share) / whole + square / (4 * whole * whole))
    half = Fraction(EXACT.multiply(z, spread)) / stretch
    return max(centre - half, Fraction(0)), min(centre + half, Fraction(1))
