"""Why a segment's number moved between two runs: what the pages and the API know of a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engagement.scoring.formula import Measure


@dataclass(frozen=True, slots=True)
class ActionTerm:
    """What new activity of one action gave to the change."""

    key: str
    name: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class CauseTerm:
    """What one cause gave to the change; `actions` are the parts of new activity, adding up to it."""

    cause: str
    value: Fraction
    actions: tuple[ActionTerm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """after − before = Σ terms, exactly; without terms, `reason` says why there are none.

    `runs` are the numbers of the runs whose ledgers were added, the earlier ones first. before and after are None where
    the number may not be shown.
    """

    segment_key: str
    segment_name: str
    measure: Measure
    before_as_of: date | None
    before_run: int | None
    after_as_of: date | None
    after_run: int | None
    before: Fraction | None
    after: Fraction | None
    terms: tuple[CauseTerm, ...]
    runs: tuple[int, ...]
    reason: str | None

    @property
    def change(self) -> Fraction | None:
        return None if self.before is None or self.after is None else self.after - self.before
