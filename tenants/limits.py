"""What a viewer's membership may be limited to: some segments, or reports only.

Segments and customers are known to later steps, which listen: imports run one way. Where nobody answers, a limited
membership sees nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from tenants.models import Invitation, LimitedTo, Membership, Organisation, Role
from tenants.permissions import LIMITED, Permission
from tenants.signals import customers_asked, segments_asked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Limit:
    """False where there is none. `segments` are ids; empty but for a limit to segments."""

    to: str = ""
    segments: frozenset[UUID] = frozenset()

    @classmethod
    def of_row(cls, row: Membership | Invitation) -> Limit:
        return cls(row.limited_to, frozenset(UUID(segment) for segment in row.segment_ids))

    def columns(self) -> dict[str, object]:
        """As a membership or an invitation keeps it."""
        return {"limited_to": self.to, "segment_ids": sorted(str(segment) for segment in self.segments)}

    def __bool__(self) -> bool:
        return self.to != LimitedTo.NOTHING

    @property
    def is_to_segments(self) -> bool:
        return self.to == LimitedTo.SEGMENTS

    @property
    def words(self) -> str:
        """For a sentence: "limited to 2 segments"."""
        count = len(self.segments)
        return f"{count} segment{'' if count == 1 else 's'}" if self.is_to_segments else "reports"

    def allows(self, permission: Permission) -> bool:
        return not self or permission in LIMITED.get(self.to, frozenset())


UNLIMITED = Limit()


def recorded_limit(row: Membership | Invitation) -> dict[str, object]:
    """Of the limit of a membership or an invitation what the record keeps: nothing where there is none."""
    return {"limited_to": row.limited_to, "segment_ids": list(row.segment_ids)} if row.limited_to else {}


@dataclass(frozen=True, slots=True)
class SegmentChoice:
    """A segment that a membership can be limited to, as its step names it."""

    id: UUID
    key: str
    name: str
    group: str


def segment_choices() -> tuple[SegmentChoice, ...]:
    """The segments of the organisation in scope that a membership can be limited to, in their order."""
    answers = cast("list[tuple[object, tuple[SegmentChoice, ...]]]", segments_asked.send(sender=Organisation))
    return tuple(choice for _, found in answers for choice in found)


def checked_limit(*, organisation: Organisation, role: str, to: str, segments: Sequence[str]) -> Limit:
    """A limit as a membership keeps it, from segments' keys; raises InvalidInputError with the field."""
    if to not in LimitedTo.values:
        raise InvalidInputError(fields={"limited_to": [_("Choose everything, segments or reports.")]})
    if to == LimitedTo.NOTHING:
        return UNLIMITED
    if role != Role.VIEWER:
        raise InvalidInputError(fields={"limited_to": [_("Only a viewer’s access can be limited.")]})
    if organisation.kind == Organisation.Kind.FIRM:
        raise InvalidInputError(
            fields={"limited_to": [_("A role in a firm reaches its clients. Limit it at a client.")]}
        )
    if to == LimitedTo.REPORTS:
        return Limit(to)
    known = {choice.key: choice.id for choice in segment_choices()}
    if not segments or not set(segments) <= known.keys():
        raise InvalidInputError(fields={"segments": [_("Choose one segment or more of this organisation.")]})
    return Limit(to, frozenset(known[key] for key in segments))


def customers_within(*, organisation: Organisation, limit: Limit, now: datetime) -> NDArray[np.int64] | None:
    """The numbers of the customers whom a limit lets one see, in order; None without a limit: everybody."""
    if not limit:
        return None
    answers = customers_asked.send(sender=Organisation, organisation=organisation, limit=limit, now=now)
    if len(answers) != 1:
        raise RuntimeError("Exactly one step says who belongs to which segment.")
    return cast("NDArray[np.int64]", answers[0][1])
