"""From counts to points, score and band of each customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engagement.errors import InvalidInputError
from engagement.language import _
from engagement.scoring.formula.counts import IntArray
from engagement.scoring.formula.weights import MAX_UNITS, Bands, Weights

# Rows worked on at a time: 8,192 × a dozen int64 columns stay in the processor's cache (twice as fast).
_BLOCK_ROWS = 8_192
_SCORE_DIGITS = 8  # a score of 100 is 10⁸ millionths
_PER_THRESHOLD = 100_000  # thresholds are thousandths of a score of 100


@dataclass(frozen=True, eq=False, slots=True)
class ScoredCustomers:
    """Customers of one chunk with the parts of their score; row i is one customer in every array.

    `counts`, `points_by_action` (n, n_actions) · `points` (n,) thousandths × scale · `scores` (n,) millionths
    · `bands` (n,) codes · `n_channels` (n,) channels with any counted action · `scale` 1, or 10⁶ with a
    half-life.
    """

    counts: IntArray
    points_by_action: IntArray
    points: IntArray
    scores: IntArray
    bands: NDArray[np.int8]
    n_channels: IntArray
    scale: int

    @property
    def active(self) -> NDArray[np.bool_]:
        """(n,): whether the customer has any counted action in the window, one of weight 0 included."""
        return self.n_channels > 0


def score_customers(
    *, counts: IntArray, weights: Weights, bands: Bands, channel_of_action: IntArray
) -> ScoredCustomers:
    """Everything the score of a customer consists of, from the counts (n, n_actions).

    `channel_of_action` (n_actions,) holds one channel number per action. Errors as `customer_points`.
    """
    if channel_of_action.shape != (weights.n_actions,):
        raise ValueError("channel_of_action must name one channel per action")
    by_action = customer_points_by_action(counts=counts, weights=weights)
    points = by_action.sum(axis=1)
    n_channels = np.zeros(len(counts), dtype=np.int64)
    for channel in np.unique(channel_of_action):
        n_channels += np.any(counts[:, channel_of_action == channel] != 0, axis=1)
    return ScoredCustomers(
        counts=counts,
        points_by_action=by_action,
        points=points,
        scores=customer_scores(points=points, weights=weights),
        bands=customer_bands(points=points, weights=weights, bands=bands),
        n_channels=n_channels,
        scale=weights.scale,
    )


def customer_points(*, counts: IntArray, weights: Weights) -> IntArray:
    """P(u) = Σ_a weight_a · min(n[u, a], cap_a), in thousandths of a point × `weights.scale`.

    `counts` (n, n_actions) in the unit of `count_matrix` with or without decay as the weights say; gives
    (n,), unbounded in meaning and possibly negative. No counts, no points: a silent customer has 0.
    Raises ValueError for another shape, InvalidInputError where Σ|weight · count| of a customer passes 9·10¹⁸
    units (nine million million points, or nine thousand million with a half-life).

    Five visits, a social interaction and a purchase at weights 1, 5, 10 are 20 points:

    >>> plain = Weights(np.array([1000, 5000, 10000]), np.full(3, 2**63 - 1), 10_000, 90)
    >>> customer_points(counts=np.array([[5, 1, 1]]), weights=plain).tolist()
    [20000]
    """
    points = np.empty(len(counts), dtype=np.int64)
    for rows, capped in _capped_blocks(counts, weights):
        points[rows] = capped @ weights.weight_thousandths
    return points


def customer_points_by_action(*, counts: IntArray, weights: Weights) -> IntArray:
    """The terms of `customer_points`, (n, n_actions): each row adds up to the customer's points."""
    parts = np.empty(counts.shape, dtype=np.int64)
    for rows, capped in _capped_blocks(counts, weights):
        np.multiply(capped, weights.weight_thousandths, out=parts[rows])
    return parts


def _capped_blocks(counts: IntArray, weights: Weights) -> Iterator[tuple[slice, IntArray]]:
    if counts.ndim != 2 or counts.shape[1] != weights.n_actions or counts.dtype.kind not in "iu":  # noqa: PLR2004 a matrix
        raise ValueError(f"counts must be whole numbers of shape (n, {weights.n_actions})")
    caps = weights.cap_units
    for start in range(0, len(counts), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        capped = np.minimum(counts[rows].astype(np.int64, copy=False), caps)
        _check_points(capped, weights)
        yield rows, capped


def counted_steps(amounts: Sequence[int], *, cap_units: int | None) -> tuple[int, ...]:
    """What each of these amounts of one customer and action adds to min(n, cap), in their order, the oldest first.

    Formula: step_i = min(n_1 + … + n_i, cap) − min(n_1 + … + n_(i−1), cap), so the steps add up to min(n, cap), also
    where amounts are negative. In any unit, the cap in the same; None is no cap.

    >>> counted_steps([4, 3, 5], cap_units=6)
    (4, 2, 0)
    """
    steps, reached, before = [], 0, 0
    for amount in amounts:
        reached += amount
        after = reached if cap_units is None else min(reached, cap_units)
        steps.append(after - before)
        before = after
    return tuple(steps)


def _check_points(capped: IntArray, weights: Weights) -> None:
    """Raise exactly if a row's Σ|weight · count| passes the bound; the columns' largest settle most."""
    magnitudes = [abs(int(weight)) for weight in weights.weight_thousandths]
    columns = zip(magnitudes, capped.max(axis=0), capped.min(axis=0), strict=True)
    if sum(weight * max(abs(int(high)), abs(int(low))) for weight, high, low in columns) <= MAX_UNITS:
        return
    rows = (np.abs(capped.astype(object)) * np.array(magnitudes, dtype=object)).sum(axis=1)
    if max(rows) > MAX_UNITS:
        raise InvalidInputError(
            _(
                "A customer has more points than can be added up exactly. "
                "Put a cap on the action with the largest counts, or lower its weight."
            ),
            fields={"caps": [_("Cap the action with the largest counts.")]},
        )


def customer_scores(*, points: IntArray, weights: Weights) -> IntArray:
    """100 · clip(P / full points, 0, 1) in millionths, rounded once, half up: so it is defined.

    `points` (n,) as `customer_points` gives them for the same weights; gives (n,) in 0…100,000,000.
    Exact for every value: the quotient is taken by long division, so 10⁸ · P is never formed.

    >>> plain = Weights(np.array([1000]), np.array([2**63 - 1]), 60_000, 90)
    >>> customer_scores(points=np.array([-5, 0, 20_000, 60_000, 99_000]), weights=plain).tolist()
    [0, 0, 33333333, 100000000, 100000000]
    """
    full = weights.full_points_units
    factor, steps = _division_steps(full)
    rest = np.clip(points, 0, full)
    quotient = np.zeros(len(points), dtype=np.int64)
    for _step in range(steps):
        digits, rest = np.divmod(rest * factor, full)
        quotient = quotient * factor + digits
    return quotient + (rest >= full - rest)


def _division_steps(full: int) -> tuple[int, int]:
    """(10^k, 8/k): as many decimal digits at a time as `full` leaves room for below 2⁶³."""
    for digits in (_SCORE_DIGITS, 4, 2):
        if full * 10**digits <= MAX_UNITS:
            return 10**digits, _SCORE_DIGITS // digits
    return 10, _SCORE_DIGITS


def customer_bands(*, points: IntArray, weights: Weights, bands: Bands) -> NDArray[np.int8]:
    """Band codes (n,): Excellent if 100·P > excellent·full, else Good if 100·P ≥ good·full, else Poor.

    P is clipped to 0…full, as in the score. The thresholds are turned into whole points once, in integers of
    any size, so no value is misbanded; the unrounded score decides, not the millionths.
    """
    full = weights.full_points_units
    lowest_good = -(-bands.good_thousandths * full // _PER_THRESHOLD)
    highest_good = bands.excellent_thousandths * full // _PER_THRESHOLD
    clipped = np.clip(points, 0, full)
    codes = (clipped >= lowest_good).astype(np.int8) + (clipped > highest_good).astype(np.int8)
    return codes.astype(np.int8, copy=False)
