"""How fresh what a page shows is: the last event that counted, and the last run."""

from __future__ import annotations

from datetime import datetime

from engagement.insights.selectors.periods import runs_in_force, scored_days
from engagement.insights.selectors.portfolio import last_days
from engagement.insights.types import Freshness
from tenants.models import Organisation


def freshness(*, organisation: Organisation, now: datetime) -> Freshness:
    """Of one organisation; None where nothing counted yet, and where nothing was scored."""
    day = last_days([organisation]).get(organisation.id)
    latest = scored_days()[:1]
    run = next(iter(runs_in_force(latest).values()), None)
    return Freshness(
        last_event_on=day,
        stale_days=(organisation.today(now) - day).days if day else None,
        run_number=run.number if run else None,
        run_as_of=run.as_of if run else None,
        scored_at=run.finished_at if run else None,
    )
