"""How far a mean may be off: intervals, the chance of another band, and the change between two runs.

All customers are known, so nothing is estimated about *them*: the number is exact. The interval speaks of behaviour:
how far off the same measure would come out in a period just like this one, each customer acting for himself. It knows
nothing of a season, a campaign, or of customers who act together.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import IntArray, exact_sum
from engagement.scoring.formula.distributions import EXACT, as_decimal, normal_below, root, t_95
from engagement.scoring.formula.weights import EXCELLENT, GOOD, POOR, SCORE_SCALE, Bands

_BITS: Final = 23
_PIECE: Final = 2**_BITS - 1
_ROWS: Final = 2**16  # so many products of two pieces fit 64 bits
_INT64: Final = 2**63
_TOP: Final = 100


def sum_of_squares(values: IntArray) -> int:
    """Σ v² of a 1-d int64 array as a Python integer: exact for any values.

    Where the squares could pass 64 bits, each value is cut into pieces of 23 bits, as many as the largest needs.

    >>> sum_of_squares(np.array([3, -4])), sum_of_squares(np.array([2**62])) == 2**124
    (25, True)
    """
    if len(values) > _ROWS:
        return sum(sum_of_squares(values[low : low + _ROWS]) for low in range(0, len(values), _ROWS))
    if len(values) == 0:
        return 0
    most = max(abs(int(values.min())), abs(int(values.max())))
    if most * most * len(values) < _INT64:
        return int(np.dot(values, values))
    size = np.abs(values)
    n_pieces = -(-most.bit_length() // _BITS)
    pieces = [(size >> (at * _BITS)) & _PIECE for at in range(n_pieces)]
    pairs = ((i, j) for i in range(n_pieces) for j in range(i, n_pieces))
    return sum((int(np.dot(pieces[i], pieces[j])) << ((i + j) * _BITS)) * (1 + (i < j)) for i, j in pairs)


def standard_error(*, n: int, total: int, squares: int, unit: int) -> Decimal | None:
    """√(s² ÷ n), how far the mean of n values may be off; in units of the value. None when n < 2.

    `total` = Σ v and `squares` = Σ v² of values held in 1 ÷ `unit`; s² is the sample variance (n − 1).

    >>> standard_error(n=4, total=8, squares=24, unit=1)  # 1, 1, 3, 3 … without their mean of 2: 8 ÷ 3 ÷ 4
    Decimal('0.8164965809277260327324280249019637973220')
    """
    if n < 2:  # noqa: PLR2004 one value has no spread
        return None
    return root(Fraction(n * squares - total * total, n * n * (n - 1) * unit * unit))


def half_width_95(*, error: Decimal | None, n: int) -> Decimal | None:
    """Half of the 95 % interval of a mean of n values: Student's t with n − 1 degrees · its standard error."""
    return None if error is None else EXACT.multiply(t_95(degrees=n - 1), error)


def interval_95(*, score: Fraction, half_width: Decimal) -> tuple[Fraction, Fraction]:
    """The ends of a score's interval, not beyond the scale's own: 0…100.

    >>> interval_95(score=Fraction(99), half_width=Decimal(3))
    (Fraction(96, 1), Fraction(100, 1))
    """
    half = Fraction(half_width)
    return max(score - half, Fraction(0)), min(score + half, Fraction(_TOP))


@dataclass(frozen=True, slots=True)
class BandChances:
    """About how likely each band is, shares 0…1 that add up to 1, were the period to come again."""

    poor: Decimal
    good: Decimal
    excellent: Decimal

    def of(self, band: int) -> Decimal:
        """The chance of one band, by its code."""
        return (self.poor, self.good, self.excellent)[band]

    def other_than(self, band: int) -> Decimal:
        """The chance that it is any other band."""
        return 1 - self.of(band)

    def likeliest_other(self, band: int) -> int:
        """The likeliest of the other bands; the lower one where two are alike."""
        return max((code for code in (POOR, GOOD, EXCELLENT) if code != band), key=lambda code: (self.of(code), -code))


def band_chances(*, score: Fraction, error: Decimal, bands: Bands) -> BandChances:
    """The chance of each band by the normal approximation around the score; an error of 0 leaves no doubt.

    P(Poor) = Φ((good − score) ÷ error), P(Excellent) = 1 − Φ((excellent − score) ÷ error). Approximate: near 0 and 100,
    and for few customers, the true distribution is not normal.

    >>> found = band_chances(score=Fraction(71), error=Decimal(1), bands=Bands())
    >>> [str(share.quantize(Decimal("0.001"))) for share in (found.poor, found.good, found.excellent)]
    ['0.159', '0.841', '0.000']
    """
    good, excellent = (Fraction(line, 1_000) for line in (bands.good_thousandths, bands.excellent_thousandths))
    if error == 0:
        code = POOR if score < good else GOOD if score <= excellent else EXCELLENT
        return BandChances(*(Decimal(int(code == band)) for band in (POOR, GOOD, EXCELLENT)))
    poor, below_top = (normal_below(EXACT.divide(as_decimal(line - score), error)) for line in (good, excellent))
    return BandChances(poor, EXACT.subtract(below_top, poor), EXACT.subtract(Decimal(1), below_top))


@dataclass(frozen=True, slots=True)
class PairedSums:
    """What two runs say of those who are in a segment in both: sums over `n` stayers, scores in millionths."""

    n: int = 0
    before: int = 0
    after: int = 0
    products: int = 0

    def __add__(self, other: PairedSums) -> PairedSums:
        return PairedSums(
            self.n + other.n,
            self.before + other.before,
            self.after + other.after,
            self.products + other.products,
        )


def paired_sums(*, before: IntArray, after: IntArray, stays: NDArray[np.bool_]) -> PairedSums:
    """The sums of one chunk; row i of every array is one customer who was scored in both runs.

    `before` and `after` (n,) scores in millionths, `stays` (n,) whether he is in the segment in both.
    """
    old, new = before[stays], after[stays]
    return PairedSums(len(old), exact_sum(old), exact_sum(new), exact_sum(old * new))  # products: at most (10⁸)² each


@dataclass(frozen=True, slots=True)
class RunSums:
    """A segment in one run: how many, Σ score and Σ score² in millionths."""

    n: int
    total: int
    squares: int


def change_standard_error(*, before: RunSums, after: RunSums, stayers: PairedSums) -> Decimal | None:
    """How far the change of a mean score may be off; None when fewer than two customers are in either run.

    A customer adds (b − B̄) ÷ n_B to the change if he is there after, less (a − Ā) ÷ n_A if he was there before: those
    who stay count with both, so that what is constant about them cancels; those who came or left count once, as
    independent. The variance is the sum of these squares times N ÷ (N − 1), N = everybody in either run:
    S_AA ÷ n_A² + S_BB ÷ n_B² − 2 · S_AB ÷ (n_A · n_B), with S_AB over the stayers. If all stay it is the variance of
    the mean of their differences.

    >>> same = RunSums(3, 6, 14)
    >>> change_standard_error(before=same, after=same, stayers=PairedSums(3, 6, 6, 14))  # nobody moved
    Decimal('0')
    """
    if min(before.n, after.n) < 2:  # noqa: PLR2004 one value has no spread
        return None
    mean_before, mean_after = Fraction(before.total, before.n), Fraction(after.total, after.n)
    together = (
        stayers.products
        - mean_before * stayers.after
        - mean_after * stayers.before
        + stayers.n * mean_before * mean_after
    )
    sums = sum(Fraction(of.n * of.squares - of.total**2, of.n**3) for of in (before, after))
    variance = sums - 2 * together / (before.n * after.n)
    everybody = before.n + after.n - stayers.n
    return root(variance * everybody / (everybody - 1) / SCORE_SCALE**2)
