"""What a run says, in whole numbers, and the comparison that comes before any time counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


class DifferentAnswersError(Exception):
    """Two ways of computing the same thing disagree: no time counts."""


@dataclass(frozen=True, slots=True)
class Sums:
    """One segment: members, Σ points (thousandths), Σ scores (millionths)."""

    n: int
    points: int
    score: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Sums by segment, and how many of all customers are Poor, Good and Excellent."""

    segments: Mapping[str, Sums]
    bands: tuple[int, int, int]


@dataclass(frozen=True, eq=False, slots=True)
class Written:
    """What was written about each customer, in the order of their numbers."""

    numbers: NDArray[np.int64]
    points: NDArray[np.int64]
    scores: NDArray[np.int64]


def compare(*, peer: str, theirs: Answer, ours: Answer) -> None:
    """Raise DifferentAnswersError with both numbers at the first difference."""
    if theirs.segments.keys() != ours.segments.keys():
        missing = sorted(theirs.segments.keys() ^ ours.segments.keys())
        raise DifferentAnswersError(f"{peer} and we name other segments: {', '.join(missing)}.")
    for key, sums in ours.segments.items():
        for field in fields(Sums):
            mine, other = getattr(sums, field.name), getattr(theirs.segments[key], field.name)
            if mine != other:
                raise DifferentAnswersError(f"{peer}: {field.name} of segment {key} is {other:,}, ours {mine:,}.")
    if theirs.bands != ours.bands:
        raise DifferentAnswersError(f"{peer}: customers by band are {theirs.bands}, ours {ours.bands}.")


def compare_written(*, peer: str, theirs: Written, ours: Written) -> None:
    """The same for what both have written about each customer."""
    if not np.array_equal(theirs.numbers, ours.numbers):
        raise DifferentAnswersError(
            f"{peer} has written about {len(theirs.numbers):,} customers, we {len(ours.numbers):,}."
        )
    for name in ("points", "scores"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        differing = np.flatnonzero(mine != other)
        if len(differing):
            first = differing[0]
            raise DifferentAnswersError(
                f"{peer}: {name} of customer {ours.numbers[first]} are {other[first]:,}, ours {mine[first]:,} "
                f"({len(differing):,} customers differ)."
            )
