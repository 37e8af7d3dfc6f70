"""A client whose customers come again the more often they visited; mails say nothing, and all purchased before."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np

from engagement.insights.services import score
from engagement.validity.models import ValidityCheck
from engagement.validity.selectors import one_check
from engagement.validity.services.asking import ask_check
from engagement.validity.services.outcomes import set_outcome
from engagement.validity.services.running import run_check
from engagement.validity.types import CheckFound
from tenants.jobs import run_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW
from tests.insights.scoring_world import Small, add_activity, add_customers, add_segments, make_small

T = date(2025, 12, 31)  # 60 finished days before NOW
DURING, AFTER = date(2025, 12, 20), date(2026, 1, 15)
WEIGHTS = {
    "visit": ("website", 1_000, None),
    "mail": ("email", 1_000, None),
    "purchase": ("purchase", 10_000, None),
}
REGIONS = {
    "north": {"trait": "region", "op": "is", "value": "north"},
    "south": {"trait": "region", "op": "is", "value": "south"},
}


def make_client(
    organisation: Organisation, *, n: int = 400, effect: float = 0.5, of_mails: float = 0.0, seed: int = 3
) -> Small:
    """Scored on T. Visits 0…8, mails 0…5, one purchase each in the window; a purchase after by visits · effect."""
    small = make_small(organisation, weights=WEIGHTS, full_points=30_000)
    add_segments(small, "regions", REGIONS)
    dice = np.random.default_rng(seed)
    visits, mails = dice.integers(0, 9, n), dice.integers(0, 6, n)
    again = dice.random(n) < 1 / (1 + np.exp(-(visits - 4) * effect - (mails - 2.5) * of_mails))
    numbers = range(1, n + 1)
    add_customers(small, [(number, {"region": "north" if number % 4 else "south"}) for number in numbers])
    rows = [(number, "purchase", DURING, 1) for number in numbers]
    rows += [(number, "visit", DURING, int(times)) for number, times in zip(numbers, visits, strict=True) if times]
    rows += [(number, "mail", DURING, int(times)) for number, times in zip(numbers, mails, strict=True) if times]
    rows += [(number, "purchase", AFTER, 1) for number, does in zip(numbers, again, strict=True) if does]
    add_activity(small, rows)
    score_day(small, T)
    return small


def score_day(small: Small, day: date) -> None:
    score(organisation_id=small.id, as_of=day, cause="history", now=NOW)


def say_outcome(organisation: Organisation, *, now: datetime = NOW, **changes: Any) -> None:
    said: dict[str, Any] = {"kind": "no_repeat", "action_keys": ["t-purchase"], "days": 60, "is_monthly": True}
    with organisation_scope(organisation.pk):
        set_outcome(organisation=organisation, user=None, now=now, **{**said, **changes})


def asked(organisation: Organisation, *, now: datetime = NOW) -> ValidityCheck:
    with organisation_scope(organisation.pk):
        return ask_check(organisation=organisation, user=None, now=now)


def work_off(organisation: Organisation, *, now: datetime = NOW) -> int:
    """As a worker does, whatever waits; returns how many."""
    with organisation_scope(organisation.pk, write=False):
        waiting = list(Job.objects.filter(kind="validity.check", state="waiting").values_list("pk", flat=True))
    for job in waiting:
        run_job(organisation_id=organisation.pk, job_id=job, do=run_check, clock=lambda: now)
    return len(waiting)


def checked(organisation: Organisation, *, now: datetime = NOW, **outcome: Any) -> CheckFound:
    """Outcome set, asked for and worked off."""
    say_outcome(organisation, now=now, **outcome)
    made = asked(organisation, now=now)
    work_off(organisation, now=now)
    return found(organisation, number=made.number, now=now)


def found(organisation: Organisation, *, number: int, now: datetime = NOW) -> CheckFound:
    with organisation_scope(organisation.pk, write=False):
        return one_check(organisation=organisation, number=number, now=now)
