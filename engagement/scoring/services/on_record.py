"""The record of how a weight set came to count."""

from __future__ import annotations

from datetime import datetime

from engagement.scoring.models import PublishingStep, WeightSet
from tenants.models import User


def record(row: WeightSet, *, what: str, by: User | None, now: datetime, note: str = "") -> None:
    """Put an act about a set on record; `by` None is the clock."""
    PublishingStep.objects.create(
        organisation_id=row.organisation_id, weight_set=row, what=what, by=by, at=now, note=note
    )
