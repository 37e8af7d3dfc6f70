"""Why a segment's number moved between two runs: what the pages and the API know of a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
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
class PartTerm:
    """What one segment of a partition gave to the change of the total.

    `rate` = share after · (level after − level before); `mix` = change of share · (level before − total before). A
    level is None where the segment had nobody, and where it has too few customers to show it: such segments stand
    together in one part, whose key is empty.
    """

    segment_key: str
    segment_name: str
    n_before: int
    n_after: int
    before: Fraction | None
    after: Fraction | None
    mix: Fraction
    rate: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionChange:
    """The change of the total over one partition: after − before = mix + rate = Σ of the parts, exactly.

    Without parts, `reason` says why there are none, and the numbers are None.
    """

    set_key: str
    set_name: str
    before: Fraction | None
    after: Fraction | None
    mix: Fraction | None
    rate: Fraction | None
    parts: tuple[PartTerm, ...]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """after − before = Σ terms, exactly; without terms, `reason` says why there are none.

    `runs` are the numbers of the runs whose ledgers were added, the earlier ones first. before and after are None where
    the number may not be shown. `partitions` is for all customers only: the same change by rate and mix, for each
    partition between the two runs at the ends, also where there is no ledger. `half_width_95` is half the interval of
    a score's change, None where there is none; `weight_sets` are the numbers of the sets that scored the two ends.
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
    partitions: tuple[PartitionChange, ...] = ()
    half_width_95: Decimal | None = None
    weight_sets: tuple[int, int] | None = None

    @property
    def change(self) -> Fraction | None:
        return None if self.before is None or self.after is None else self.after - self.before
