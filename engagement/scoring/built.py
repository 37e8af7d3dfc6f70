"""What the builder of a segment shows of a rule before it is saved. Counts are exact; scores are fractions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One customer whom the rule finds, with the latest score; `external_id` is "" where there is none."""

    number: int
    external_id: str
    score: Fraction
    band: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Another segment beside the rule: customers in both, in the other, and in the rule."""

    key: str
    name: str
    set_name: str
    n_both: int
    n_other: int
    n: int

    @property
    def share_of_this(self) -> Fraction | None:
        """Who of the rule is in the other, 0 to 1; None where the rule finds nobody."""
        return Fraction(self.n_both, self.n) if self.n else None

    @property
    def share_of_other(self) -> Fraction | None:
        """Who of the other the rule finds, 0 to 1; None where the other is empty."""
        return Fraction(self.n_both, self.n_other) if self.n_other else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """What saving would change: the rule as it is saved beside the rule as it is typed, over the same customers."""

    n_before: int
    n_came: int
    n_left: int
    came: tuple[Sampled, ...]
    left: tuple[Sampled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adding:
    """Whether the set would add up to the total with the rule in it; of `n` customers."""

    set_name: str
    n: int
    n_gaps: int
    n_overlaps: int
    gaps: tuple[Sampled, ...]
    overlaps: tuple[Sampled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLook:
    """Whom a rule finds among the customers of the latest scoring; traits as they are known now.

    `score` is None below the organisation's minimum, and `band` "" below that of bands. `as_of` is the day of the
    scoring; None before the first, when only `n` and `of` are known, and `n` is None for a rule over activity.
    """

    as_of: date | None
    n: int | None
    of: int
    score: Fraction | None = None
    band: str = ""
    sample: tuple[Sampled, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    change: RuleChange | None = None
    adding: Adding | None = None

    @property
    def share(self) -> Fraction | None:
        """Of all customers, 0 to 1; None where there are none or the number is not known."""
        return Fraction(self.n, self.of) if self.of and self.n is not None else None
