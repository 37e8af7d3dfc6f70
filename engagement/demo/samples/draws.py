"""Chance that falls the same on every machine and in every version of Python.

Of the standard generator only two things are promised for ever: seeding with an integer, and the sequence of
`random()`. Everything here is made of those two, a multiplication (which IEEE 754 rounds the same everywhere)
and whole numbers; `randrange`, `choice` or `shuffle` may change between versions and are not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """A row of draws from one seed: the same calls in the same order give the same answers."""

    def __init__(self, seed: int) -> None:
        # A member, not a method round it: the loop over customers and days asks millions of times.
        self.unit = Random(seed).random  # noqa: S311  invented customers, no secrets

    def below(self, limit: int) -> int:
        """A whole number in 0 … limit−1, all alike likely; limit ≥ 1."""
        return int(self.unit() * limit)

    def happens(self, *, permille: int) -> bool:
        """True with that chance: 0 never, 1000 always."""
        return self.unit() * 1000 < permille

    def pick(self, shares: Sequence[tuple[T, int]]) -> T:
        """One of the values, each as likely as its share: (("a", 3), ("b", 1)) gives "a" in 3 of 4."""
        left = self.below(sum(share for _value, share in shares))
        for value, share in shares:
            if left < share:
                return value
            left -= share
        raise ValueError("The shares of a pick must be positive.")
