"""A client whose weeks go as a test wants: so many of a hundred customers visit in each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engagement.forecast.models import Forecast, Look
from engagement.forecast.services import ask_forecast, make_forecasts
from engagement.insights.models import Target
from engagement.insights.services import score, set_target
from tenants.jobs import run_job
from tenants.models import Job
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.insights.scoring_world import Small, add_activity, add_customers, add_segments, make_small

FIRST = date(2025, 10, 5)  # a Sunday
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)  # the Monday after the 22nd of them
LAST = date(2026, 3, 1)


def sundays(n: int, *, last: date = LAST) -> list[date]:
    return [last - timedelta(days=7 * back) for back in range(n - 1, -1, -1)]


def visiting(world: World, *, counts: Sequence[int], skip: Mapping[date, str] | None = None) -> Small:
    """A visit is a score of 50, two are 100; the window is a week, so that a week's number is its own."""
    small = make_small(
        world.ours,
        weights={"visit": ("website", 1_000, None), "buy": ("purchase", 500, None)},
        full_points=2_000,
        window_days=7,
    )
    add_customers(small, [(n, {"size": "few" if n <= 4 else "half" if n <= 50 else "rest"}) for n in range(1, 101)])
    rules = {key: {"all": [{"trait": "size", "op": "is", "value": key}]} for key in ("few", "half", "rest")}
    add_segments(small, "size", rules)
    for day, n in zip(sundays(len(counts)), counts, strict=True):
        add_activity(small, [(number, "visit", day, 1) for number in range(1, n + 1)])
        add_activity(small, [(number, "buy", day, 1) for number in range(1, n // 2 + 1)])
        if day not in (skip or {}):
            score(organisation_id=small.id, as_of=day, cause="history", now=NOW)
    return small


def aim(world: World, value: str, *, due_on: date, **changes: Any) -> Target:
    wanted = {"segment_key": "all", "measure": "score", "owner": None, "note": "", "user": world.admin}
    with organisation_scope(world.ours.id):
        return set_target(organisation=world.ours, value=Decimal(value), due_on=due_on, now=NOW, **(wanted | changes))


def made(world: World, *, now: datetime = NOW) -> Job:
    """Ask, and work the job off."""
    with organisation_scope(world.ours.id):
        job = ask_forecast(organisation=world.ours, user=None, now=now)
    run_job(organisation_id=world.ours.id, job_id=job.pk, do=make_forecasts, clock=lambda: now)
    with organisation_scope(world.ours.id, write=False):
        return Job.objects.get(pk=job.pk)


def forecasts(world: World) -> list[Forecast]:
    with organisation_scope(world.ours.id, write=False):
        return list(Forecast.objects.select_related("segment", "run").order_by("segment__key", "measure", "number"))


def look(world: World) -> Look:
    with organisation_scope(world.ours.id, write=False):
        return Look.objects.get()
