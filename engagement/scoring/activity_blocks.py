"""The activity of one chunk on one local day as columns, packed and unpacked; no Django, no database.

A block holds three columns (low 16 bits of the customer number, definition, occurrences) and, where any value is not 0,
a fourth with the values; rows are sorted by customer and definition, each pair once. About 5 bytes a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engagement.scoring.blocks import BlockError, full_numbers, low_bits, pack, unpack


@dataclass(frozen=True, eq=False, slots=True)
class DayRows:
    """Activity of one day: four columns (n,) of the same length, int64; a customer and definition may recur."""

    numbers: NDArray[np.int64]
    definitions: NDArray[np.int64]
    occurrences: NDArray[np.int64]
    values: NDArray[np.int64]

    @classmethod
    def empty(cls) -> DayRows:
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, none, none)

    def __len__(self) -> int:
        return len(self.numbers)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> DayRows:
        return DayRows(self.numbers[keep], self.definitions[keep], self.occurrences[keep], self.values[keep])


def joined(parts: Sequence[DayRows]) -> DayRows:
    """All rows of the parts, one after the other."""
    if not parts:
        return DayRows.empty()
    return DayRows(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("numbers", "definitions", "occurrences", "values")
        )
    )


def added_up(parts: Sequence[DayRows]) -> DayRows:
    """All rows of the parts, each customer and definition once, sorted; occurrences and values are added.

    Raises BlockError where a sum passes 64 bits.

    >>> one = DayRows(*(np.array([value]) for value in (7, 1, 2, 0)))
    >>> added_up([one, one]).occurrences.tolist()
    [4]
    """
    together = joined(parts)
    order = np.lexsort((together.definitions, together.numbers))
    whole = together.where(order)
    numbers, definitions, occurrences, values = whole.numbers, whole.definitions, whole.occurrences, whole.values
    starts = np.ones(len(numbers), dtype=np.bool_)
    starts[1:] = (np.diff(numbers) != 0) | (np.diff(definitions) != 0)
    at = np.flatnonzero(starts)
    return DayRows(numbers[at], definitions[at], _sums(occurrences, at), _sums(values, at))


def _sums(column: NDArray[np.int64], starts: NDArray[np.intp]) -> NDArray[np.int64]:
    if len(starts) == len(column):  # nothing recurs, which is the rule
        return column
    most = int(np.abs(column.astype(np.float64)).sum())
    if most > 2**62:
        raise BlockError("the occurrences or values of one day do not add up within 64 bits")
    sums: NDArray[np.int64] = np.add.reduceat(column, starts)
    return sums


def occurrences_by_definition(rows: DayRows) -> dict[str, int]:
    """Occurrences added up by definition, keyed as JSON keys are."""
    definitions, places = np.unique(rows.definitions, return_inverse=True)
    sums = np.zeros(len(definitions), dtype=np.int64)
    np.add.at(sums, places, rows.occurrences)
    return {str(definition): int(n) for definition, n in zip(definitions, sums, strict=True)}


def pack_day(rows: DayRows) -> bytes:
    """One chunk's rows of one day as bytes; the same rows in any order, whole or in parts, give the same bytes."""
    whole = added_up([rows])
    columns = [low_bits(whole.numbers), whole.definitions, whole.occurrences]
    return pack([*columns, whole.values] if whole.values.any() else columns)


def unpack_day(packed: bytes | memoryview, *, chunk: int) -> DayRows:
    """The rows again, sorted by customer and definition; raises BlockError when a byte has changed."""
    low, definitions, occurrences, *values = unpack(packed)
    if len(values) > 1:
        raise BlockError("a block of activity has three or four columns")
    return DayRows(
        full_numbers(low, chunk=chunk),
        definitions.astype(np.int64),
        occurrences.astype(np.int64),
        values[0].astype(np.int64) if values else np.zeros(len(low), dtype=np.int64),
    )
