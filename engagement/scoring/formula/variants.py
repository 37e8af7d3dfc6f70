"""Several sets of weights at once: customers of some segments are scored with numbers of their own.

A variant is one set of weights; variant 0 is the weight set's own numbers, the others are those of its overrides in
their order. Everybody has exactly one. Where one variant holds everybody the work, and every byte, is that of the
functions for a single set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.formula.counts import IntArray
from engagement.scoring.formula.points import (
    ScoredCustomers,
    customer_bands,
    customer_points,
    customer_scores,
    score_customers,
)
from engagement.scoring.formula.previews import Column, Scored, column_points, score_points
from engagement.scoring.formula.weights import Bands, Weights

OWN = 0  # the variant of who is scored with the weight set's own numbers


def variant_index(*, n: int, masks: Sequence[NDArray[np.bool_]]) -> IntArray:
    """Which variant each of n customers has: 1 + the place of the first mask (n,) that holds him, `OWN` without one.

    >>> variant_index(n=3, masks=[np.array([False, True, False]), np.array([True, True, False])]).tolist()
    [2, 1, 0]
    """
    index = np.full(n, OWN, dtype=np.int64)
    for place in range(len(masks), 0, -1):
        index[masks[place - 1]] = place
    return index


def variant_rows(*, variant: IntArray, n_variants: int) -> Iterator[tuple[int, IntArray | None]]:
    """Each variant that somebody has, with the rows of these customers; rows are None where they are all (n,).

    Nobody at all counts as variant `OWN`. Raises ValueError for an index that is no variant.
    """
    if n_variants == 1 and not variant.any():
        yield OWN, None
        return
    n_of = np.bincount(variant, minlength=n_variants) if len(variant) else np.zeros(n_variants, dtype=np.int64)
    if len(n_of) > n_variants:
        raise ValueError(f"there are {n_variants} variants only")
    held = np.flatnonzero(n_of).tolist()
    if len(held) <= 1:
        yield (held[0] if held else OWN), None
        return
    for code in held:
        yield code, np.flatnonzero(variant == code)


def score_variants(
    *, counts: IntArray, variant: IntArray, weights: Sequence[Weights], bands: Bands, channel_of_action: IntArray
) -> ScoredCustomers:
    """`score_customers`, each customer with the weights of his variant (n,); errors as there, and of `variant_rows`.

    All weights are for the same actions, window and half-life: ValueError otherwise.

    Visits at 1 and purchases at 10 with full points 60, or purchases at 1 with full points 20:

    >>> own, wholesale = (Weights(np.array([1000, w]), np.full(2, 2**63 - 1), f, 90) for w, f in ((10_000, 60_000),
    ...     (1_000, 20_000)))
    >>> found = score_variants(counts=np.array([[5, 2], [5, 2]]), variant=np.array([0, 1]), weights=(own, wholesale),
    ...     bands=Bands(), channel_of_action=np.array([0, 1]))
    >>> found.points.tolist(), found.scores.tolist()
    ([25000, 7000], [41666667, 35000000])
    """
    _check_alike(weights)
    shared: Any = {"bands": bands, "channel_of_action": channel_of_action}
    parts = [
        (rows, score_customers(counts=_of(counts, rows), weights=weights[code], **shared))
        for code, rows in variant_rows(variant=variant, n_variants=len(weights))
    ]
    if parts[0][0] is None:
        return parts[0][1]

    def whole(name: str) -> Column:
        return _scattered([(rows, getattr(scored, name)) for rows, scored in parts], n=len(counts))

    return ScoredCustomers(
        counts=counts,
        points_by_action=whole("points_by_action"),
        points=whole("points"),
        scores=whole("scores"),
        bands=whole("bands"),
        n_channels=whole("n_channels"),
        scale=weights[0].scale,
    )


def variant_points(*, counts: IntArray, variant: IntArray, weights: Sequence[Weights]) -> IntArray:
    """`customer_points` (n,), each with the weights of his variant (n,)."""
    return _each(
        variant,
        weights,
        lambda its, rows: customer_points(counts=counts if rows is None else counts[rows], weights=its),
    )


def variant_scores(*, points: IntArray, variant: IntArray, weights: Sequence[Weights]) -> IntArray:
    """`customer_scores` (n,), each with the full points of his variant (n,)."""
    return _each(
        variant,
        weights,
        lambda its, rows: customer_scores(points=points if rows is None else points[rows], weights=its),
    )


def variant_column_points(*, columns: Sequence[Column], variant: IntArray, weights: Sequence[Weights]) -> IntArray:
    """`column_points` (n,), each with the weights of his variant (n,)."""
    _check_alike(weights)

    def points(its: Weights, rows: IntArray | None) -> IntArray:
        return column_points(columns=[_of(column, rows) for column in columns], weights=its)

    return _each(variant, weights, points)


def score_variant_points(*, points: IntArray, variant: IntArray, weights: Sequence[Weights], bands: Bands) -> Scored:
    """`score_points`: scores and bands of points that were computed with the same variants."""
    groups = list(variant_rows(variant=variant, n_variants=len(weights)))
    if groups[0][1] is None:
        return score_points(points=points, weights=weights[groups[0][0]], bands=bands)
    scores = variant_scores(points=points, variant=variant, weights=weights)
    codes = [
        (rows, customer_bands(points=_of(points, rows), weights=weights[code], bands=bands)) for code, rows in groups
    ]
    return Scored(points=points, scores=scores, bands=_scattered(codes, n=len(points)))


def _each(
    variant: IntArray, weights: Sequence[Weights], compute: Callable[[Weights, IntArray | None], IntArray]
) -> IntArray:
    groups = variant_rows(variant=variant, n_variants=len(weights))
    parts = [(rows, compute(weights[code], rows)) for code, rows in groups]
    whole: IntArray = _scattered(parts, n=len(variant))
    return whole


def _of(values: Column, rows: IntArray | None) -> Column:
    return values if rows is None else values[rows]


def _scattered(parts: Sequence[tuple[IntArray | None, Column]], *, n: int) -> Column:
    """One array again of those of some rows each; the array itself where it is all there is."""
    first, values = parts[0]
    if first is None:
        return values
    whole = np.empty((n, *values.shape[1:]), dtype=values.dtype)
    for rows, part in parts:
        whole[rows] = part
    return whole


def _check_alike(weights: Sequence[Weights]) -> None:
    if len({(its.n_actions, its.window_days, its.half_life_days) for its in weights}) != 1:
        raise ValueError("variants are for the same actions, window and half-life")
