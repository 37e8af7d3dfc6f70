"""From customers to segments: sums that add across chunks, and the numbers derived from them, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import exact_sum, exact_sums
from engagement.scoring.formula.distributions import root
from engagement.scoring.formula.points import ScoredCustomers
from engagement.scoring.formula.sums import columns_of_squares, sums_over_masks
from engagement.scoring.formula.uncertainty import half_width_95, standard_error, sum_of_squares
from engagement.scoring.formula.weights import EXCELLENT, GOOD, POOR, SCORE_SCALE, WEIGHT_SCALE, Bands


@dataclass(frozen=True, slots=True)
class SegmentSums:
    """Exact sums over the members of a segment; adding two gives the sums of both groups of members.

    Points are in thousandths × `scale`, occurrences in 1 × `scale`, scores in millionths. `band_counts` is
    (Poor, Good, Excellent); the three `…_by_action` follow the order of the actions. `sum_point_squares` is None where
    it was not kept. The properties are exact and are None when there are no members: no score, never 0.
    """

    scale: int
    n: int
    n_active: int
    n_multi_channel: int
    sum_points: int
    sum_score_millionths: int
    sum_score_squares: int
    band_counts: tuple[int, int, int]
    occurrences_by_action: tuple[int, ...]
    points_by_action: tuple[int, ...]
    n_customers_by_action: tuple[int, ...]
    sum_point_squares: int | None = None

    @classmethod
    def empty(cls, *, n_actions: int, scale: int) -> SegmentSums:
        zeros = (0,) * n_actions
        return cls(scale, 0, 0, 0, 0, 0, 0, (0, 0, 0), zeros, zeros, zeros, 0)

    def __add__(self, other: SegmentSums) -> SegmentSums:
        if self.scale != other.scale or len(self.points_by_action) != len(other.points_by_action):
            raise ValueError("only sums over the same actions and weights add up")
        poor, good, excellent = _added(self.band_counts, other.band_counts)
        return SegmentSums(
            scale=self.scale,
            n=self.n + other.n,
            n_active=self.n_active + other.n_active,
            n_multi_channel=self.n_multi_channel + other.n_multi_channel,
            sum_points=self.sum_points + other.sum_points,
            sum_score_millionths=self.sum_score_millionths + other.sum_score_millionths,
            sum_score_squares=self.sum_score_squares + other.sum_score_squares,
            band_counts=(poor, good, excellent),
            occurrences_by_action=_added(self.occurrences_by_action, other.occurrences_by_action),
            points_by_action=_added(self.points_by_action, other.points_by_action),
            n_customers_by_action=_added(self.n_customers_by_action, other.n_customers_by_action),
            sum_point_squares=None
            if self.sum_point_squares is None or other.sum_point_squares is None
            else self.sum_point_squares + other.sum_point_squares,
        )

    @property
    def points_per_customer(self) -> Fraction | None:
        """Σ P(u) / N in points, over all members, the silent ones too."""
        return _ratio(self.sum_points, self.n * WEIGHT_SCALE * self.scale)

    @property
    def points_per_customer_by_action(self) -> tuple[Fraction, ...] | None:
        """The parts of `points_per_customer`, adding up to it; None without members."""
        if self.n == 0:
            return None
        return tuple(Fraction(p, self.n * WEIGHT_SCALE * self.scale) for p in self.points_by_action)

    @property
    def occurrences(self) -> Fraction:
        """Counted occurrences of all actions (every weight 1, no caps); decayed ones with a half-life."""
        return Fraction(sum(self.occurrences_by_action), self.scale)

    @property
    def actions_per_customer(self) -> Fraction | None:
        return _ratio(self.occurrences, self.n)

    @property
    def depth(self) -> Fraction | None:
        """Actions per active member; None when nobody is active."""
        return _ratio(self.occurrences, self.n_active)

    @property
    def score(self) -> Fraction | None:
        """Mean of the members' scores, 0…100."""
        return _ratio(self.sum_score_millionths, self.n * SCORE_SCALE)

    @property
    def active_share(self) -> Fraction | None:
        """Members with any counted action, as a share 0…1."""
        return _ratio(self.n_active, self.n)

    @property
    def multi_channel_share(self) -> Fraction | None:
        """Members with activity on two or more channels, as a share 0…1."""
        return _ratio(self.n_multi_channel, self.n)

    @property
    def score_variance(self) -> Fraction | None:
        """Sample variance (n − 1) of the members' scores, in score²; None when n < 2."""
        if self.n < 2:  # noqa: PLR2004 one value has no spread
            return None
        deviations = self.n * self.sum_score_squares - self.sum_score_millionths**2
        return Fraction(deviations, self.n * (self.n - 1) * SCORE_SCALE**2)

    @property
    def score_spread(self) -> Decimal | None:
        """Standard deviation of the members' scores, 40 digits; None when n < 2."""
        return None if self.score_variance is None else root(self.score_variance)

    @property
    def score_standard_error(self) -> Decimal | None:
        """√(variance / n): how far the mean score may be off by chance; None when n < 2."""
        return standard_error(
            n=self.n, total=self.sum_score_millionths, squares=self.sum_score_squares, unit=SCORE_SCALE
        )

    @property
    def score_half_width_95(self) -> Decimal | None:
        """Half the 95 % interval of the mean score (Student's t, n − 1 degrees); None when n < 2."""
        return half_width_95(error=self.score_standard_error, n=self.n)

    @property
    def points_standard_error(self) -> Decimal | None:
        """How far the points per customer may be off by chance; None when n < 2 or the squares were not kept."""
        if self.sum_point_squares is None:
            return None
        unit = WEIGHT_SCALE * self.scale
        return standard_error(n=self.n, total=self.sum_points, squares=self.sum_point_squares, unit=unit)

    @property
    def active_share_standard_error(self) -> Decimal | None:
        """How far the active share may be off by chance, a share: √(p · (1 − p) ÷ (n − 1)); None when n < 2."""
        return standard_error(n=self.n, total=self.n_active, squares=self.n_active, unit=1)


def segment_sums(*, scored: ScoredCustomers, member_mask: NDArray[np.bool_]) -> SegmentSums:
    """The sums over the members of a segment within one chunk; `member_mask` (n,) says who belongs.

    Chunks in any cut, added in any order, give the same sums.
    """
    if member_mask.shape != scored.scores.shape or member_mask.dtype != np.bool_:
        raise ValueError("member_mask must be one boolean per customer")
    counts = scored.counts[member_mask]
    scores = scored.scores[member_mask]
    channels = scored.n_channels[member_mask]
    points_by_action = exact_sums(scored.points_by_action[member_mask])
    in_band = np.bincount(scored.bands[member_mask], minlength=EXCELLENT + 1)
    return SegmentSums(
        scale=scored.scale,
        n=len(scores),
        n_active=int(np.count_nonzero(channels)),
        n_multi_channel=int(np.count_nonzero(channels > 1)),
        sum_points=sum(points_by_action),
        sum_score_millionths=exact_sum(scores),
        sum_score_squares=exact_sum(scores * scores),  # at most (10⁸)² each
        band_counts=(int(in_band[POOR]), int(in_band[GOOD]), int(in_band[EXCELLENT])),
        occurrences_by_action=exact_sums(counts),
        points_by_action=points_by_action,
        n_customers_by_action=tuple(int(n) for n in np.count_nonzero(counts, axis=0)),
        sum_point_squares=sum_of_squares(scored.points[member_mask]),
    )


def all_segment_sums(*, scored: ScoredCustomers, masks: NDArray[np.bool_]) -> tuple[SegmentSums, ...]:
    """`segment_sums` of many segments at once; `masks` (n_segments, n)."""
    n_actions = scored.counts.shape[1]
    scores = scored.scores
    channels = (scored.n_channels > 0, scored.n_channels > 1)
    in_band = [scored.bands == code for code in (POOR, GOOD, EXCELLENT)]
    squares = columns_of_squares(scored.points)
    columns = [
        np.ones(len(scores), dtype=np.int64),
        *(flag.astype(np.int64) for flag in (*channels, *in_band)),
        scores,
        scores * scores,  # at most (10⁸)² each
        *scored.counts.T,
        *scored.points_by_action.T,
        *(scored.counts != 0).T.astype(np.int64),
        *(column for column, _ in squares),
    ]
    factors = [factor for _, factor in squares]
    return tuple(
        _segment_sums(row, n_actions=n_actions, scale=scored.scale, factors=factors)
        for row in sums_over_masks(masks=masks, columns=columns)
    )


def _segment_sums(row: Sequence[int], *, n_actions: int, scale: int, factors: Sequence[int]) -> SegmentSums:
    n, n_active, n_multi_channel, poor, good, excellent, score, squares, *rest = row
    by_action, point_squares = rest[: 3 * n_actions], rest[3 * n_actions :]
    parts = [tuple(by_action[start : start + n_actions]) for start in range(0, 3 * n_actions, n_actions)]
    occurrences, points, customers = parts if n_actions else ((), (), ())
    return SegmentSums(
        scale=scale,
        n=n,
        n_active=n_active,
        n_multi_channel=n_multi_channel,
        sum_points=sum(points),
        sum_score_millionths=score,
        sum_score_squares=squares,
        band_counts=(poor, good, excellent),
        occurrences_by_action=occurrences,
        points_by_action=points,
        n_customers_by_action=customers,
        sum_point_squares=sum(part * factor for part, factor in zip(point_squares, factors, strict=True)),
    )


def segment_band(*, sum_score_millionths: int, n: int, bands: Bands) -> int | None:
    """The band of a mean score, comparing Σ score with threshold · N in integers; None when n = 0.

    >>> sums = (69_950_000, 80_000_000, 80_000_100)
    >>> [segment_band(sum_score_millionths=total, n=1, bands=Bands()) for total in sums]
    [0, 1, 2]
    """
    if n == 0:
        return None
    per_thousandth = n * SCORE_SCALE // 1_000
    if sum_score_millionths > bands.excellent_thousandths * per_thousandth:
        return EXCELLENT
    return GOOD if sum_score_millionths >= bands.good_thousandths * per_thousandth else POOR


def to_decimal(*, value: Fraction, places: int) -> Decimal:
    """An exact number as a Decimal of `places` decimals, ties away from zero; there is no minus zero.

    >>> to_decimal(value=Fraction(10, 3), places=2), to_decimal(value=Fraction(-1, 8), places=2)
    (Decimal('3.33'), Decimal('-0.13'))
    """
    scaled = abs(value) * 10**places
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = tuple(int(digit) for digit in str(units))
    return Decimal((int(value < 0 and units > 0), digits, -places))


def _added(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(left, right, strict=True))


def _ratio(numerator: int | Fraction, denominator: int) -> Fraction | None:
    return None if denominator == 0 else Fraction(numerator) / denominator
