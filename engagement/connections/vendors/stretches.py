"""Where a connector stands in a stream of records that come by an instant, and what CRM connectors have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from django.utils.translation import gettext_lazy as _lazy

from engagement.connections.types import Json

EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any record: customers come whole, whenever they last changed."""
YES_NO: Final = (("yes", _lazy("Yes")), ("no", _lazy("No")))


@dataclass(slots=True)
class Stretch(ABC):
    """Records from `since` to `until`, the oldest first; a subclass says how it goes on within one instant."""

    since: datetime
    until: datetime
    is_done: bool = False

    @classmethod
    def of(cls, kept: object, *, since: datetime, until: datetime, overlap: timedelta) -> Self:
        """From what a cursor holds: in the middle of a stretch, after one, or nothing yet."""
        if not isinstance(kept, dict):
            return cls(since, until)
        begun = datetime.fromisoformat(kept["since"])
        if kept.get("until"):
            return cls(begun, datetime.fromisoformat(kept["until"]), **cls._within(kept))
        if begun >= until:
            return cls(begun, until, is_done=True)  # of this round there is no more
        return cls(begun - overlap, until)

    def kept(self) -> Json:
        """For the cursor."""
        until = "" if self.is_done else self.until.isoformat()
        return {"since": self.since.isoformat(), "until": until, **self._place()}

    @classmethod
    @abstractmethod
    def _within(cls, kept: dict[str, Any]) -> dict[str, Any]:
        """The fields that say where within one instant it stood, from a cursor."""

    @abstractmethod
    def _place(self) -> Json:
        """The same for a cursor."""
