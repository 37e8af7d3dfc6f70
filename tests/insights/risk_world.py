"""A client whose customers have the scores that a test says, on the days it says.

One visit is one point, a hundred are full points.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from engagement.insights.risk_types import FallRule, RiskPage
from engagement.insights.selectors.at_risk import at_risk
from engagement.insights.services import score
from engagement.insights.services.at_risk import Contact, set_fall_rule, take_up
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, make_small

NOVEMBER, DECEMBER, JANUARY = date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31)
BEFORE = (NOVEMBER, DECEMBER, JANUARY)
# By customer: the scores of November, December, January and February; None: unknown on that day.
Scores = Mapping[int, tuple[int | None, int | None, int | None, int | None]]

STORY: Scores = {
    1: (80, 80, 80, 20),  # fell by 60
    2: (50, 60, 70, 40),  # by 20, just enough
    3: (50, 60, 70, 41),  # by 19
    4: (90, 90, 90, 0),  # silent
    5: (25, 25, 25, 0),  # was never at 30
    6: (100, 0, 0, 0),  # one good month is no habit
    **dict.fromkeys(range(7, 13), (40, 40, 40, 40)),
}


def make_client(organisation: Organisation, scores: Scores) -> Small:
    """Scored on the four days; a customer counts as known from the first day with a score."""
    small = make_small(organisation, weights={"visit": ("website", 1_000, None)}, full_points=100_000, window_days=20)
    for at, day in enumerate((*BEFORE, AS_OF)):
        add_customers(
            small,
            [
                (n, {})
                for n, of in scores.items()
                if of[at] is not None and not any(value is not None for value in of[:at])
            ],
        )
        add_activity(small, [(n, "visit", day, of[at] or 0) for n, of in scores.items() if of[at]])
        score(organisation_id=small.id, as_of=day, cause="history", now=NOW)
    return small


def page(organisation: Organisation, **asked: Any) -> RiskPage:
    with organisation_scope(organisation.pk, write=False):
        return at_risk(organisation=organisation, now=asked.pop("now", NOW), **asked)


def numbers(organisation: Organisation, **asked: Any) -> list[int]:
    return [line.number for line in page(organisation, **asked).lines]


def ruled(organisation: Organisation, **changes: Any) -> None:
    """The default rule with changes, put in force."""
    rule = FallRule()
    said: dict[str, Any] = {"fall": rule.fall, "least": rule.least, "by": rule.by.value, "runs": rule.runs, **changes}
    said |= {name: Decimal(said[name]) for name in ("fall", "least")}
    with organisation_scope(organisation.pk):
        set_fall_rule(organisation=organisation, user=None, now=NOW, **said)


def taken_up(organisation: Organisation, *wanted: int, now: Any = NOW, **contact: Any) -> list[str]:
    """Their outreach's ids."""
    with organisation_scope(organisation.pk):
        made = take_up(organisation=organisation, numbers=wanted, contact=Contact(**contact), user=None, now=now)
    return [str(one.pk) for one in made]


def latest_run(organisation: Organisation) -> ScoreRun:
    with organisation_scope(organisation.pk, write=False):
        return ScoreRun.objects.latest("number")
