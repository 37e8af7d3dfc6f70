"""How good the measuring is, in one letter: what was found and not accepted, weighed by how severe it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from engagement.guidance.pitfalls.types import Severity, Trip


class Grade(StrEnum):
    """A: nothing stands between the score and its use. D: do not act on it before this is mended."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


_WARNINGS_OF_A_C = 3
_SERIOUS_OF_A_D = 2


def grade_of(trips: Iterable[Trip], *, accepted: Collection[str] = ()) -> Grade:
    """D with two serious pitfalls, C with one or with three warnings, B with a warning, A otherwise.

    Notes change no grade, and neither do accepted pitfalls: somebody has decided to live with them and said why.

    >>> grade_of([Trip("x", Severity.SERIOUS), Trip("y", Severity.NOTE)]), grade_of([])
    (<Grade.C: 'C'>, <Grade.A: 'A'>)
    """
    counted = [trip.severity for trip in trips if trip.code not in accepted]
    serious, warnings = counted.count(Severity.SERIOUS), counted.count(Severity.WARNING)
    if serious >= _SERIOUS_OF_A_D:
        return Grade.D
    if serious or warnings >= _WARNINGS_OF_A_C:
        return Grade.C
    return Grade.B if warnings else Grade.A
