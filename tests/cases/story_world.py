"""The story of the case: a segment falls 75 → 55 and comes back to 70, a like one that nobody treated gains 11.9.

Two groups of a hundred and some others. A visit is one point, a hundred are full points, so that visits are the score.
Month ends from September to November are the baseline, the step runs from December on, February is what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from engagement.cases import services
from engagement.cases.models import Finding, Initiative, ReadOut
from engagement.cases.services.read_outs import read_out
from engagement.cases.types import FindingWords, StepWords
from engagement.insights.services import score, set_target
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.insights.scoring_world import Small, add_activity, add_customers, add_segments, make_small

SEPTEMBER, OCTOBER, NOVEMBER = date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 30)
DECEMBER, JANUARY, FEBRUARY = date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)
STORY_DAYS: Final = (SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER, JANUARY, FEBRUARY)
STARTED: Final = datetime(2025, 12, 1, 9, 0, tzinfo=UTC)
NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SIZE: Final = 100
TREATED, OTHER, REST = "gold", "silver", "bronze"


def treated_scores(k: int) -> tuple[int, ...]:
    """Of the k-th treated customer at the six days: means 75, 65, 55, 60, 65, 70; the 15 with 9 or 10 either way."""
    own = (k % 5 - 2) * 5
    before = 4 if k // 2 % 2 else -4
    return 75 + own + before, 65 + own, 55 + own, 60 + own, 65 + own, 70 + own + _swing(k)


def other_scores(k: int) -> tuple[int, ...]:
    """Of the k-th of those whom nobody treated: means 73, 63, 53, 57, 61 and 64.9, a gain of 11.9."""
    own = (k % 5 - 2) * 5
    before = 4 if k // 4 % 2 else -4
    last = 65 + own + _swing(k) - (k % 10 == 0)
    return 73 + own + (before if k < SIZE - 4 else 0), 63 + own, 53 + own, 57 + own, 61 + own, last


def _swing(k: int) -> int:
    return (9, -9, 10, -10)[k % 4]


@dataclass(frozen=True, slots=True)
class Story:
    """The client of the story and what was written down."""

    small: Small
    slow_support: Finding
    fell: Finding
    step: Initiative

    @property
    def organisation(self) -> Organisation:
        return self.small.organisation


def make_scores(organisation: Organisation) -> Small:
    """The client, scored on the six days, its customers in three segments of one set."""
    small = make_small(organisation, weights={"visit": ("website", 1_000, None)}, full_points=100_000, window_days=20)
    groups = {
        TREATED: [treated_scores(k) for k in range(SIZE)],
        OTHER: [other_scores(k) for k in range(SIZE)],
        REST: [(20,) * len(STORY_DAYS)] * 20,
    }
    rows = [(plan, scores) for plan, of in groups.items() for scores in of]
    add_customers(small, [(number, {"plan": plan}) for number, (plan, _scores) in enumerate(rows, start=1)])
    rules = {plan: {"trait": "plan", "op": "is", "value": plan} for plan in groups}
    add_segments(small, "plan", rules)
    for at, day in enumerate(STORY_DAYS):
        found = [(number, "visit", day, scores[at]) for number, (_plan, scores) in enumerate(rows, start=1)]
        add_activity(small, found)
        score(organisation_id=small.id, as_of=day, cause="history", now=NOW)
    return small


def words_of_step(**changes: Any) -> StepWords:
    """The step of the story."""
    said: dict[str, Any] = {
        "title": "Call back within a day",
        "lever": "service",
        "words": "Two more people at the desk, and a promise on the page.",
        "segment_key": TREATED,
        "first_day": date(2025, 12, 1),
        "expected": Decimal(20),
        "expected_by": FEBRUARY,
        "cost": Decimal(12_000),
        "comparison": "segments",
        "compared_keys": (OTHER,),
        "read_out_on": FEBRUARY,
    }
    return StepWords(**{**said, **changes})


def make_story(organisation: Organisation, user: User | None) -> Story:
    """Everything up to the read-out: the target, two findings, the step planned, started and ended."""
    small = make_scores(organisation)
    said: dict[str, Any] = {"organisation": organisation, "user": user}
    with organisation_scope(organisation.id):
        set_target(
            **said, segment_key=TREATED, measure="score", value=Decimal(75), due_on=FEBRUARY, owner=user, note="",
            now=STARTED,
        )  # fmt: skip
        fell = services.record_finding(
            **said, now=STARTED,
            words=FindingWords(title="Gold fell by 20", segment_key=TREATED, first_day=SEPTEMBER, last_day=NOVEMBER),
        )  # fmt: skip
        slow = services.record_finding(
            **said, now=STARTED, words=FindingWords(title="Slow support", first_day=NOVEMBER, severity=3)
        )
        words = words_of_step(finding_ids=(fell.pk,), owner_id=user.pk if user else None)
        step = services.plan_initiative(**said, words=words, now=STARTED)
        services.start_initiative(**said, initiative_id=step.pk, now=STARTED)
        services.end_initiative(**said, initiative_id=step.pk, last_day=FEBRUARY, now=NOW)
        step.refresh_from_db()
    return Story(small, slow, fell, step)


def read(story: Story, *, user: User | None = None, as_of: date | None = None) -> ReadOut:
    """Read the story's step out."""
    with organisation_scope(story.organisation.id):
        return read_out(organisation=story.organisation, initiative_id=story.step.pk, as_of=as_of, user=user, now=NOW)
