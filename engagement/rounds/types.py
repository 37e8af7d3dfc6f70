"""What a round is made of when it crosses a border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tenants.models import Organisation


class State(StrEnum):
    """Where a client stands in the round of a month."""

    NOT_PREPARED = "not_prepared"
    PREPARING = "preparing"
    WAITS = "waits"  # for a decision, or for what stands against it
    READY = "ready"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    NOT_SENT = "not_sent"
    LEFT_OUT = "left_out"


class Why(StrEnum):
    """What waits, or stands against it."""

    RESTS = "rests"
    NOT_OVER = "not_over"
    NOT_SCORED = "not_scored"
    NO_RECIPIENTS = "no_recipients"
    FAILED = "failed"
    NO_EVENTS = "no_events"
    RESTATED = "restated"
    NO_STEP = "no_step"
    QUESTIONS = "questions"
    NO_WORDS = "no_words"


FORBIDS: frozenset[Why] = frozenset({Why.RESTS, Why.NOT_OVER, Why.NOT_SCORED, Why.NO_RECIPIENTS})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something waits; `n` and `day` are what its words name."""

    why: Why
    n: int = 0
    day: date | None = None

    @property
    def forbids(self) -> bool:
        return self.why in FORBIDS


@dataclass(frozen=True, slots=True)
class Times:
    """When a round is prepared and sent: days of the month after, hours on the client's clock."""

    prepare_day: int | None = None
    prepare_hour: int = 6
    send_day: int | None = None
    send_hour: int = 8
    due_days: int = 5


@dataclass(frozen=True, slots=True)
class Way:
    """How a report goes out."""

    attaches_pdf: bool = False
    sends_link: bool = True
    link_days: int = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """One client in the round of one month, as it is now."""

    organisation: Organisation
    last_day: date
    state: State
    reasons: tuple[Reason, ...] = ()
    report_id: UUID | None = None
    version: int | None = None  # the approved one
    recipients: tuple[str, ...] = ()
    left_out_because: str = ""
    due_at: datetime | None = None
    approved_at: datetime | None = None
    mails: Mapping[str, int] = field(default_factory=dict)  # by state; "unknown": handed over, and nobody knows more
    times: Times = field(default_factory=Times)
    has_own_times: bool = False
    way: Way = field(default_factory=Way)

    @property
    def forbidden(self) -> tuple[Reason, ...]:
        """What stands against approving, whatever anybody decides."""
        return tuple(one for one in self.reasons if one.forbids)

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """What somebody may decide to go on with."""
        return tuple(one for one in self.reasons if not one.forbids)

    @property
    def is_approved(self) -> bool:
        return self.version is not None
