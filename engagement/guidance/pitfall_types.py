"""Pitfalls of a client as pages and the API show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engagement.guidance.pitfalls import Grade, Outcome, Trip


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody has decided to live with a pitfall."""

    code: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good the measuring was when it was last looked at. `trips` hold the accepted ones, too."""

    day: date
    checked_at: datetime
    run_number: int
    outcomes: Mapping[str, Outcome]
    trips: tuple[Trip, ...]
    accepted: Mapping[str, Acceptance]
    grade: Grade

    @property
    def open(self) -> tuple[Trip, ...]:
        """What nobody has accepted, the most severe first."""
        return tuple(trip for trip in self.trips if trip.code not in self.accepted)
