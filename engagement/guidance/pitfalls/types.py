"""What the checks look at and what they say. Shares and points are exact fractions; None is not known, never 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from fractions import Fraction


class Severity(IntEnum):
    """How much a pitfall takes from what the score can be used for."""

    NOTE = 1
    WARNING = 2
    SERIOUS = 3


class Outcome(StrEnum):
    """What a check came to."""

    CLEAR = "clear"
    TRIPPED = "tripped"
    UNKNOWN = "unknown"  # what it needs is not there: no answer, and no good one


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSeen:
    """An action of the run. `points` are those of all members together, `weight` of one occurrence."""

    key: str
    name: str
    channel: str
    weight: Fraction
    occurrences: Fraction
    points: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSeen:
    """A segment of the run. `points` per customer by action; `is_missing`: customers of whom the trait is not known."""

    key: str
    name: str
    set_key: str
    n: int
    points: Mapping[str, Fraction] = field(default_factory=dict)
    is_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedApart:
    """The score, or points per customer, and something beside it that moved apart, as it was tested there."""

    kind: str  # "score_up", "score_down" or "without_profit"
    measure: str
    segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything about one run, its client and its days that checks are asked about."""

    n: int
    n_active: int
    n_at_0: int | None  # None: the run keeps sums only
    n_at_100: int | None
    score: Fraction | None
    actions: tuple[ActionSeen, ...]
    segments: tuple[SegmentSeen, ...]
    window_days: int
    half_life_days: int | None
    least_for_a_band: int
    days_since_scored: int | None
    days_since_event: int | None
    machines: Machines | None
    has_survey: bool
    has_feedback: bool
    left_themes: tuple[str, ...]
    outcome_keys: frozenset[str]  # actions that a validity check, or churn and repeat purchase, treat as the outcome
    moved_apart: tuple[MovedApart, ...] | None  # None: nothing beside the score is measured


@dataclass(frozen=True, slots=True)
class Machines:
    """Customers who do more than anybody would, and what part of all occurrences is theirs."""

    customers: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class Trip:
    """A pitfall that the data has walked into. `numbers` are whole or a fraction as text; `names` what it is about."""

    code: str
    severity: Severity
    numbers: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
