"""Whose activity counts for whom: merged customers and the one each of them finally is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engagement.scoring import queries
from engagement.scoring.blocks import CHUNK_BITS

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Merges:
    """Merged customers by number, sorted, and the customer each one's activity counts for; both (m,)."""

    numbers: Numbers
    roots: Numbers

    @classmethod
    def of(cls, targets: Mapping[int, int]) -> Merges:
        """From merged customer → whom into; a chain is followed to its end, a circle to where it was entered."""
        found = _roots(targets)
        numbers = np.array(sorted(found), dtype=np.int64)
        return cls(numbers, np.array([found[int(number)] for number in numbers], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.numbers)

    def into(self, chunk: int) -> Merges:
        """Those whose activity counts for a customer of the chunk, wherever their own numbers lie."""
        here = self.roots >> CHUNK_BITS == chunk
        return Merges(self.numbers[here], self.roots[here])

    def touching(self, chunk: int) -> Merges:
        """Those and the ones who lie in the chunk themselves: all that says for whom the chunk's rows count."""
        here = (self.roots >> CHUNK_BITS == chunk) | (self.numbers >> CHUNK_BITS == chunk)
        return Merges(self.numbers[here], self.roots[here])

    def joined_by(self, other: Merges) -> Merges:
        """The numbers of both; the roots are these where a number stands in both."""
        more = ~np.isin(other.numbers, self.numbers)
        numbers = np.concatenate([self.numbers, other.numbers[more]])
        roots = np.concatenate([self.roots, other.roots[more]])
        order = np.argsort(numbers)
        return Merges(numbers[order], roots[order])

    def resolved(self, numbers: Numbers) -> Numbers:
        """For whom each number counts: its root where it was merged, else itself."""
        if not len(self.numbers):
            return numbers
        at = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        return np.where(self.numbers[at] == numbers, self.roots[at], numbers)


def _roots(targets: Mapping[int, int]) -> dict[int, int]:
    found = {}
    for number in targets:
        seen = {number}
        root = targets[number]
        while root in targets and root not in seen:
            seen.add(root)
            root = targets[root]
        found[number] = root
    return found


def load_merges(organisation_id: int) -> Merges:
    """The merges in force now."""
    return Merges.of(dict(queries.fetch("merges", organisation_id=organisation_id)))
