"""A client whose customers do what a test says week by week, and the looks at its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engagement.insights.alert_types import AlertLine, RuleWords
from engagement.insights.models import AlertRule
from engagement.insights.selectors import alerts as reads
from engagement.insights.services import score
from engagement.insights.services.alert_rules import add_rule
from engagement.insights.services.alerts import check_run
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.insights.scoring_world import Small, add_activity, add_customers, make_small

SUNDAY = date(2026, 3, 1)


def week(at: int) -> date:
    """The Sunday that ends week `at`; 0 is the first."""
    return SUNDAY + timedelta(weeks=at)


def after(day: date) -> datetime:
    """The morning after a day."""
    return datetime.combine(day + timedelta(days=1), time(9), tzinfo=UTC)


def make_weekly(organisation: Organisation, numbers: Iterable[int], *, days: int = 7) -> Small:
    """One visit is one point, a hundred are full points; the window is a week, so that weeks do not overlap."""
    small = make_small(organisation, weights={"visit": ("website", 1_000, None)}, full_points=100_000, window_days=days)
    add_customers(small, [(number, {"plan": f"p{number % 10}"}) for number in numbers])
    return small


def scored(small: Small, day: date, visits: Mapping[int, int], *, now: datetime | None = None) -> ScoreRun:
    add_activity(small, [(number, "visit", day, n) for number, n in visits.items() if n])
    return score(organisation_id=small.id, as_of=day, cause="history", now=now or after(day))


def ruled(organisation: Organisation, kind: str, **words: Any) -> AlertRule:
    """A rule in force, by week where it has a period; told to admins."""
    said: dict[str, Any] = {"period": "week"} if kind in {"drop", "band", "silent"} else {}
    said |= {"roles": ("admin",), **words}
    said["threshold"] = Decimal(str(said.get("threshold", 0)))
    with organisation_scope(organisation.pk):
        rule = RuleWords(kind=kind, **said)
        return add_rule(organisation=organisation, words=rule, user=None, now=after(SUNDAY - timedelta(weeks=9)))


def checked(run: ScoreRun, *, now: datetime | None = None) -> int:
    return check_run(organisation_id=run.organisation_id, run_id=run.pk, now=now or after(run.as_of))


def found(organisation: Organisation, *, only_open: bool = False) -> list[AlertLine]:
    """The earliest first."""
    with organisation_scope(organisation.pk, write=False):
        return sorted(reads.alerts(only_open=only_open), key=lambda one: (one.as_of, one.rule_number, one.segment_key))
