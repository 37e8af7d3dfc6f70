"""What is known of one customer in a run, ready to be shown: exact, and None where nothing may be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from engagement.ingest.types import IdentityStanding
from engagement.insights.types import RunFacts


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A customer in a list."""

    number: int
    external_id: str
    points: Fraction
    score: Fraction
    band: str
    days_since_last_action: int | None


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One action of one customer: counted times × weight = points."""

    key: str
    name: str
    channel: str
    occurrences: Fraction
    counted: Fraction  # after the cap
    cap: int | None
    weight: Decimal
    points: Fraction


@dataclass(frozen=True, slots=True)
class CustomerEvent:
    occurred_at: datetime
    name: str
    action_name: str | None  # None: an event that no action counts
    channel: str | None
    occurrences: int
    points: Fraction | None  # weight × occurrences before caps; None for events that do not count
    in_window: bool


@dataclass(frozen=True, slots=True)
class CustomerPast:
    """How a customer stood at the end of a finished month; None where the run does not hold them."""

    as_of: date
    points: Fraction | None
    score: Fraction | None
    weight_set: int


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """One customer in one run: parts that add up to the points, the score, the last events."""

    number: int
    external_id: str
    traits: Mapping[str, object]
    identified: bool
    merged_from: tuple[str, ...]
    identity: IdentityStanding  # as it is now, whichever run is shown
    excluded: bool
    run: RunFacts
    in_run: bool  # False: not scored in this run (excluded, merged away, or not yet known)
    lines: tuple[ReceiptLine, ...]
    points: Fraction | None  # None: not in this run, or the run is kept as sums only (run.thinned_at)
    score: Fraction | None
    band: str | None
    rank: int | None  # 1 is the most points; ties share a rank
    of: int | None  # so many have a score; None where everybody is not one's to know
    segments: tuple[tuple[str, str], ...]  # (key, name) of those it is a member of
    days_since_last_action: int | None
    events: tuple[CustomerEvent, ...]
    history: tuple[tuple[date, Fraction | None], ...]  # points at the end of finished months
    full_points: Decimal  # what the points are divided by: the set's own, or those of
    override_name: str  # the segment whose own weights scored the customer; "" without one
    past: tuple[CustomerPast, ...] = ()  # the same months as `history`, with scores and weight sets


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of a list of customers, of the run that is shown."""

    lines: tuple[CustomerLine, ...]
    total: int
    page: int
    pages: int
    run: RunFacts | None
    erased: int = 0  # who is in the run's sums and in no list any more
