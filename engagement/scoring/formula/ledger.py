"""Why a segment's number moved: one cause is switched after the other, and each term is the number after less before.

The causes in their order: late data and corrections (the old run computed again) · definitions · identity and erasure ·
left · ageing (decay, and events that leave the window) · new activity, action by action · joined · weights (the whole
weight set). The terms add up to the change exactly, because each state is the next one's "before".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal

from engagement.scoring.formula.weights import SCORE_SCALE, WEIGHT_SCALE

BEFORE: Final = "before"
CAUSES: Final = ("late", "definitions", "identity", "left", "ageing", "new", "joined", "weights")
Measure = Literal["score", "points_per_customer"]


@dataclass(frozen=True, slots=True)
class StateSums:
    """The sums of a segment in one state: members, Σ score (millionths), Σ points (thousandths × scale)."""

    n: int
    sum_score_millionths: int
    sum_points: int
    scale: int

    def __add__(self, other: StateSums) -> StateSums:
        """The same state of two disjoint groups of customers; raises ValueError where the scales differ."""
        if self.scale != other.scale:
            raise ValueError("states of different scales cannot be added")
        return StateSums(
            self.n + other.n,
            self.sum_score_millionths + other.sum_score_millionths,
            self.sum_points + other.sum_points,
            self.scale,
        )

    def value(self, measure: Measure) -> Fraction | None:
        """The mean score (0…100) or points per customer; None without members."""
        if self.n == 0:
            return None
        if measure == "score":
            return Fraction(self.sum_score_millionths, self.n * SCORE_SCALE)
        return Fraction(self.sum_points, self.n * WEIGHT_SCALE * self.scale)


@dataclass(frozen=True, slots=True)
class State:
    """A segment after one more cause has been switched; `action` is a key where the cause is new activity."""

    cause: str
    action: str | None
    sums: StateSums


@dataclass(frozen=True, slots=True)
class Term:
    """What one cause gave to the change."""

    cause: str
    action: str | None
    value: Fraction


@dataclass(frozen=True, slots=True)
class Ledger:
    """The change of one number: after − before = Σ terms, exactly."""

    before: Fraction
    after: Fraction
    terms: tuple[Term, ...]

    @property
    def change(self) -> Fraction:
        return self.after - self.before

    def by_cause(self) -> dict[str, Fraction]:
        """The terms by cause, in the order of the causes; causes that gave nothing are there with 0."""
        found = dict.fromkeys(CAUSES, Fraction(0))
        for term in self.terms:
            found[term.cause] += term.value
        return found


def ledger_of(*, states: Sequence[State], measure: Measure) -> Ledger | None:
    """The ledger of a chain of states, the first of which is how it was before; None where either end has no members.

    A state without members in between (everybody left, others joined) has no number of its own: it keeps that of the
    state before, so that the next cause that brings members carries the difference.

    >>> sums = [StateSums(2, 140_000_000, 0, 1), StateSums(1, 80_000_000, 0, 1), StateSums(2, 120_000_000, 0, 1)]
    >>> chain = [State(*pair, found) for pair, found in zip((("before", None), ("left", None), ("joined", None)), sums)]
    >>> [str(term.value) for term in ledger_of(states=chain, measure="score").terms]
    ['10', '-20']
    """
    if not states or states[0].cause != BEFORE:
        raise ValueError("a chain of states begins with how it was before")
    before, after = states[0].sums.value(measure), states[-1].sums.value(measure)
    if before is None or after is None:
        return None
    terms, last = [], before
    for state in states[1:]:
        value = state.sums.value(measure)
        terms.append(Term(state.cause, state.action, Fraction(0) if value is None else value - last))
        last = last if value is None else value
    return Ledger(before, after, tuple(terms))


def chained(ledgers: Iterable[Ledger]) -> Ledger | None:
    """The ledger of a span from those of its steps, in order: terms of the same cause and action are added.

    None without steps. Raises ValueError where one step does not begin with the number the one before ended with.
    """
    steps = list(ledgers)
    if not steps:
        return None
    for one, following in pairwise(steps):
        if one.after != following.before:
            raise ValueError("the steps of a span must follow on each other")
    sums: dict[tuple[str, str | None], Fraction] = {}
    for step in steps:
        for term in step.terms:
            key = (term.cause, term.action)
            sums[key] = sums.get(key, Fraction(0)) + term.value
    ordered = sorted(sums, key=lambda key: CAUSES.index(key[0]))
    return Ledger(steps[0].before, steps[-1].after, tuple(Term(*key, sums[key]) for key in ordered))
