"""Findings, steps and read-outs as they cross borders. `segment_key` "all" stands for all customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from engagement.insights.note_types import EVERYBODY

UNCHOSEN_SEVERITY = 2


class FindingState(StrEnum):
    """What has become of a finding; it has a step while one that was not stopped answers it."""

    OPEN = "open"
    HAS_STEP = "has_step"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingWords:
    """What somebody, or a check, says was seen; the last day may be left out."""

    title: str
    words: str = ""
    segment_key: str = EVERYBODY
    first_day: date
    last_day: date | None = None
    severity: int = UNCHOSEN_SEVERITY


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a finding comes from: a kind, and what it is within its kind, so that asking twice makes one."""

    kind: str = "person"
    key: str = ""


@dataclass(frozen=True, slots=True)
class SeenFigures:
    """The figures of the moment in which something was seen, frozen; None where too few customers were there."""

    run_number: int
    as_of: date
    n: int | None
    score: Fraction | None
    points_per_customer: Fraction | None


@dataclass(frozen=True, slots=True)
class StepName:
    """A step beside the finding it answers."""

    id: UUID
    number: int
    title: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """A finding with what was done about it."""

    id: UUID
    number: int
    title: str
    words: str
    segment_key: str
    segment_name: str
    first_day: date
    last_day: date
    severity: int
    origin_kind: str
    origin_key: str
    state: FindingState
    seen: SeenFigures | None
    recorded_by: str  # a name; empty for a check, a program and somebody whose account is gone
    recorded_at: datetime
    closed_at: datetime | None
    closed_because: str
    steps: tuple[StepName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWords:
    """A step as somebody plans it. Days left out are filled in; money is in the currency's own unit."""

    title: str
    lever: str
    words: str = ""
    segment_key: str = EVERYBODY
    first_day: date
    last_day: date | None = None
    baseline_first: date | None = None
    baseline_last: date | None = None
    expected: Decimal | None = None
    expected_by: date | None = None
    cost: Decimal | None = None
    money_back: Decimal | None = None
    money_note: str = ""
    owner_id: UUID | None = None
    comparison: str = "proposed"
    compared_keys: tuple[str, ...] = ()
    measure: str = "score"
    action_key: str = ""
    read_out_on: date | None = None
    finding_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class StepChange:
    """One thing that was changed of a step."""

    field: str
    before: str
    after: str
    is_after_start: bool
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FindingName:
    """A finding beside the step that answers it."""

    id: UUID
    number: int
    title: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step with what is known of it; its read-outs are asked for apart."""

    id: UUID
    number: int
    title: str
    lever: str
    words: str
    segment_key: str
    segment_name: str
    first_day: date
    last_day: date | None
    baseline_first: date
    baseline_last: date
    expected: Decimal | None  # difference of the score
    expected_by: date | None
    cost_minor: int | None
    return_minor: int | None
    money_note: str
    owner_name: str
    owner_id: UUID | None
    comparison: str
    compared: tuple[tuple[str, str], ...]  # keys and names of the segments that were chosen
    measure: str
    action_key: str
    action_name: str
    read_out_on: date
    state: str
    stopped_because: str
    findings: tuple[FindingName, ...]
    changes: tuple[StepChange, ...]
    latest_number: int | None  # of its last read-out

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done with it."""
        return self.state in {"planned", "running", "ended"}

    @property
    def is_changed_after_start(self) -> bool:
        return any(change.is_after_start for change in self.changes)
