"""Notes on days and questions about numbers, as they cross borders. `segment_key` "all" stands for all customers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.insights.types import Figures
from tenants.models import User

EVERYBODY = "all"
EVERYBODY_NAME = noop("All customers")


def segment_name(*, key: str, name: str) -> str:
    """A segment's name as it is read: that of everybody is ours and not the organisation's, unless it gave another."""
    return _(name) if (key, name) == (EVERYBODY, EVERYBODY_NAME) else name


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who notes, asks or answers. `user` is None for a program with a token of the organisation.

    `keys` are the segments of a limited membership, None without a limit: about others nothing is read or said.
    `may_answer` goes with changing and removing what others noted.
    """

    user: User | None
    may_answer: bool = False
    keys: Collection[str] | None = None

    def may_change(self, *, written_by: UUID | None) -> bool:
        """Whether a note is the speaker's own, or the speaker minds everybody's."""
        return self.may_answer or (self.user is not None and written_by == self.user.pk)


@dataclass(frozen=True, slots=True)
class NoteLine:
    """What somebody says happened."""

    id: UUID
    segment_key: str
    segment_name: str
    first_day: date
    last_day: date
    text: str
    in_reports: bool
    written_by: str  # a name; empty for a program and for somebody whose account is gone
    written_at: datetime
    changed_at: datetime | None
    may_change: bool = False  # by whoever reads it


@dataclass(frozen=True, slots=True)
class QuestionHead:
    """A question in a list: what about, how it began, whether it waits."""

    id: UUID
    segment_key: str
    segment_name: str
    as_of: date | None
    run_number: int | None
    text: str  # its first line
    asked_by: str
    asked_at: datetime
    waiting_since: datetime | None

    @property
    def is_open(self) -> bool:
        return self.waiting_since is not None


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One thing said about a question."""

    id: UUID
    is_answer: bool
    text: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class QuestionThread:
    """A question with all that was said, in order, and the number as it was shown when it was asked."""

    head: QuestionHead
    lines: tuple[SaidLine, ...]
    figures: Figures | None  # None: nothing was scored, or the run is not kept any more


@dataclass(frozen=True, slots=True)
class WaitingQuestions:
    """How many questions nobody has answered, and since when the oldest waits."""

    count: int
    since: datetime
