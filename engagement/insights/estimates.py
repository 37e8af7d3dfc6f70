"""Allowing for how many things were looked at together: an estimate, in floats, that more than one step needs."""

from __future__ import annotations

from collections.abc import Sequence


def holm(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Probabilities adjusted by Holm for having looked at several: each below 0.05 still stands.

    The smallest × m, the next × (m − 1), … never below one before it, up to 1.

    >>> [round(p, 4) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(probabilities)), key=lambda at: probabilities[at])
    adjusted, highest = [0.0] * len(probabilities), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * probabilities[at]))
        adjusted[at] = highest
    return tuple(adjusted)
