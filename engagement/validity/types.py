"""What crosses the border of this step: an outcome, a check, what it found of a segment, weights it suggests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

# Fewer with the outcome, or without it, and an interval would be as wide as the scale.
ENOUGH: Final = 30
# So long a check stands for the present: two of the usual windows are another crowd doing other things.
COUNTS_FOR_DAYS: Final = 120
LEAST_DAYS, MOST_DAYS, USUAL_DAYS = 7, 365, 60


class Verdict(StrEnum):
    """What an interval says; the last three are answers as well."""

    LOW_FIRST = "low_first"  # all of it above ½
    NO_EVIDENCE = "no_evidence"  # it holds ½
    REVERSED = "reversed"  # all of it below ½
    FEW_OUTCOMES = "few_outcomes"
    FEW_CUSTOMERS = "few_customers"
    CANNOT = "cannot"  # nothing is left of the score without the outcome's actions


class Reason(StrEnum):
    """Why a whole check has no result, or a suggestion has none."""

    ONLY_OUTCOME = "only_outcome"  # no action with a weight above 0 is left
    UNKNOWN_ACTIONS = "unknown_actions"  # the run counted none of the outcome's actions
    FEW_OUTCOMES = "few_outcomes"
    NOTHING_KNOWN = "nothing_known"  # no action is told from chance, or the known ones give no points to share out
    NO_OTHERS = "no_others"  # one action at most is left: there is nothing to weigh against each other


class Expiry(StrEnum):
    """Why a check stands for the present no more."""

    OLD = "old"
    OTHER_WEIGHTS = "other_weights"
    OTHER_OUTCOME = "other_outcome"


class Standing(StrEnum):
    """What one action's weight in a suggestion is."""

    SUGGESTED = "suggested"
    NOT_KNOWN = "not_known"  # its interval holds 0: it keeps the weight it has
    OUTCOME = "outcome"  # it is the outcome: it keeps the weight it has


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine:
    """The outcome that scores are held against. `action_names` as they are called today."""

    number: int
    kind: str
    action_keys: tuple[str, ...]
    action_names: tuple[str, ...]
    days: int
    is_monthly: bool
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Estimated:
    """A statistic with its 95 % interval: floats, an estimate."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """Customers of neighbouring scores (millionths), how many had the outcome, and the share expected to."""

    n: int
    n_outcome: int
    low: float
    high: float
    lowest: int
    highest: int
    expected: float

    @property
    def share(self) -> float:
        return self.n_outcome / self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentValidity:
    """What a check found of one segment. `auc` is of the score without the outcome's actions, `auc_whole` with them.

    `n` and `n_outcome` are None where they are too few to print. `holds`: the verdict also stands when it is
    allowed for how many segments were looked at together. Everything from `auc` on is there with enough outcomes only.
    """

    key: str
    name: str
    verdict: Verdict
    n: int | None
    n_outcome: int | None
    auc: Estimated | None = None
    auc_whole: Estimated | None = None
    holds: bool = False
    groups: tuple[GroupLine, ...] = ()
    slope: float | None = None
    intercept: float | None = None
    brier: float | None = None
    brier_base: float | None = None

    @property
    def is_checked(self) -> bool:
        return self.auc is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedWeight:
    """One action: its weight now and as suggested, in thousandths, and the effect of one occurrence on the log-odds."""

    key: str
    name: str
    standing: Standing
    now_thousandths: int
    thousandths: int
    effect: Estimated | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Weights a model suggests, with the AUC of both on customers it was not made from; or why there are none."""

    reason: str = ""
    weights: tuple[SuggestedWeight, ...] = ()
    n: int = 0  # customers it was made from, and
    n_tested: int = 0  # those it was tested on
    is_sampled: bool = False
    strength: float = 0.0
    auc_now: Estimated | None = None
    auc_suggested: Estimated | None = None
    gain: Estimated | None = None
    points_now: float = 0.0  # per customer, of all actions
    points_suggested: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One check in a list. `state` is waiting, done or failed; `expiry` says why it stands for the present no more."""

    number: int
    state: str
    cause: str
    outcome: OutcomeLine
    as_of: date
    run_number: int
    weight_set_number: int | None
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None
    reason: str
    left_out: int
    expiry: Expiry | None
    overall: SegmentValidity | None  # everybody; None while it waits


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFound:
    """One check with all that it found, everybody first."""

    line: CheckLine
    segments: tuple[SegmentValidity, ...]
    suggestion: Suggestion | None


@dataclass(frozen=True, slots=True)
class Validity:
    """The newest finished check of a segment: what reviews and guidance ask for."""

    check_number: int
    as_of: date
    found: SegmentValidity
    expiry: Expiry | None
