"""What the demo needs to know of a sample organisation, without Django and without the rows themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from engagement.demo.samples.story_types import SampleStory

RowWriter = Callable[[BinaryIO], int]
"""Writes a CSV with its header, UTF-8, lines ending in a newline; answers the number of data rows."""

Rule = Mapping[str, object]
"""A segment rule in the JSON form that the rule parser reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOrganisation:
    """An organisation as it is created: no customers, no events."""

    slug: str
    name: str
    industry: str
    time_zone: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAction:
    """A kind of event that counts: its name, where it happens, which events it is, what it is worth."""

    key: str
    name: str
    channel: str
    event_names: tuple[str, ...]
    weight: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSegment:
    key: str
    name: str
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSegmentSet:
    """Segments shown side by side; in a partition every customer stands in exactly one of them."""

    key: str
    name: str
    is_partition: bool
    segments: tuple[SampleSegment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTarget:
    """A score to reach by a day; `segment` is a segment's key, None for all customers."""

    segment: str | None
    score: Decimal
    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleNote:
    """What happened on a day or over several, for a segment or, with None, for all customers. Made up like the rest."""

    first_day: date
    text: str
    last_day: date | None = None
    segment: str | None = None
    in_reports: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleQuestion:
    """A question of the client's about a number of a scored day; without an answer it waits for one."""

    text: str
    as_of: date
    answer: str = ""
    segment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleClient(SampleOrganisation):
    """A client with a past: settings to create it with, and its customers and events as CSV.

    `today` is the day the sample stands still at: no event lies after it, in the organisation's own days.
    `history_from` is the first local day with events, `whole_from` the first with every kind of them; a window is
    full from `window_days` after that on.
    """

    today: date
    history_from: date
    window_days: int
    full_points: Decimal
    actions: tuple[SampleAction, ...]
    segment_sets: tuple[SampleSegmentSet, ...]
    targets: tuple[SampleTarget, ...]
    write_customers: RowWriter = field(repr=False)
    write_events: RowWriter = field(repr=False)
    whole_from: date | None = None
    notes: tuple[SampleNote, ...] = ()
    questions: tuple[SampleQuestion, ...] = ()
    story: SampleStory = field(default_factory=SampleStory, repr=False)


def trait_partition(
    *, trait: str, name: str, values: tuple[str, ...], missing_name: str, names: Mapping[str, str] | None = None
) -> SampleSegmentSet:
    """One segment for each value of a trait, and a last one for the customers of whom it is not known.

    `names` are those of values that say nothing by themselves; the key is made of the value all the same.
    """
    known = tuple(
        SampleSegment(
            key=segment_key(trait=trait, value=value),
            name=(names or {}).get(value, value),
            rule={"all": [{"trait": trait, "op": "is", "value": value}]},
        )
        for value in values
    )
    missing = SampleSegment(
        key=segment_key(trait=trait, value="not known"),
        name=missing_name,
        rule={"all": [{"trait": trait, "op": "is_missing"}]},
    )
    return SampleSegmentSet(key=slug_of(trait), name=name, is_partition=True, segments=(*known, missing))


def segment_key(*, trait: str, value: str) -> str:
    """A key that stays the same as long as trait and value do: ("age", "65+") gives "age-65-plus"."""
    return slug_of(f"{trait} {value}")


def slug_of(text: str) -> str:
    """The text in small letters and digits joined by hyphens; "+" is kept as a word."""
    spelled = text.lower().replace("+", " plus ")
    return "-".join("".join(sign if sign.isalnum() else " " for sign in spelled).split())
