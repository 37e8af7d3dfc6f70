"""What crosses this step's borders. Numbers that are kept are texts: a fraction "3000/41", a decimal "1.25"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from engagement.insights.note_types import EVERYBODY
from engagement.reviews.rhythms import Rhythm
from engagement.scoring.models import ScoreRun

Json = dict[str, Any]

FORMAT: Final = "rapport-review/1"
NONE, FINDING, STEP = "", "finding", "step"  # what a decision makes beside itself


@dataclass(frozen=True, slots=True)
class Period:
    """A finished period under review and the runs at its ends; `before` is None where nothing was scored then."""

    rhythm: Rhythm
    first_day: date
    last_day: date
    run: ScoreRun
    before: ScoreRun | None


@dataclass(frozen=True, slots=True)
class Filled:
    """An item that the agenda fills itself with; `reference` tells it from all others of its kind."""

    kind: str
    reference: str
    facts: Json
    title: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The review that comes next: its period, by when, and whether its last day is scored."""

    rhythm: Rhythm
    last_day: date
    due_on: date
    is_overdue: bool
    is_scored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionWords:
    """What is decided. `target_id` names a target as the measure, else `measure` and the segment do; "": none.

    `makes`: a finding or a step that is recorded with it.
    """

    text: str
    owner_id: UUID | None
    due_on: date
    measure: str = ""
    segment_key: str = EVERYBODY
    target_id: UUID | None = None
    makes: str = NONE


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of an item that nothing was decided on: "carried", or "dropped" with a word."""

    code: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """What happened to the day of a review after it was bound; without a number its run counts still."""

    run_number: int | None
    weight_set: int | None
    score: Fraction | None
    is_erased: bool  # customers were erased from the bound run: its sums stay, its digest is another one
