"""Setting and ending targets."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from engagement.errors import InvalidInputError, NotFoundError
from engagement.insights.models import SegmentSnapshot, Target
from engagement.scoring.models import Segment
from engagement.scoring.runs.store import run_in_force
from tenants.models import Organisation, User
from tenants.scope import require_write

_FULL_SCORE = Decimal(100)


def _start_value(segment: Segment, measure: str) -> int | None:
    """Where the segment stands now, in thousandths, cut to whole ones; None without a number."""
    run = run_in_force()
    snapshot = SegmentSnapshot.objects.filter(run=run, segment=segment).first() if run else None
    if snapshot is None or snapshot.n == 0:
        return None
    if measure == Target.Measure.SCORE:
        return snapshot.sum_score_millionths // (snapshot.n * 1000)
    return int(snapshot.sum_points) // (snapshot.n * snapshot.points_scale)


def _checked(measure: str, value: Decimal, due_on: date, today: date) -> int:
    problems: dict[str, list[str]] = {}
    if measure not in Target.Measure.values:
        problems["measure"] = ["Choose score or points per customer."]
    if not value.is_finite() or value <= 0:
        problems["value"] = ["Give a number above 0."]
    elif measure == Target.Measure.SCORE and value > _FULL_SCORE:
        problems["value"] = ["A score is at most 100."]
    elif value > Decimal(10**9) or value != value.quantize(Decimal("0.001")):
        problems["value"] = ["Give at most three decimals, and at most 1,000,000,000."]
    if due_on <= today:
        problems["due_on"] = [f"Choose a day after today, {today}."]
    if problems:
        raise InvalidInputError(fields=problems)
    return int(value * 1000)


def set_target(
    *,
    organisation: Organisation,
    segment_key: str,
    measure: str,
    value: Decimal,
    due_on: date,
    owner: User | None,
    note: str,
    user: User | None,
    now: datetime,
) -> Target:
    """Put a target in force for a segment and measure; one that was in force is retired, and kept.

    Raises InvalidInputError with fields, NotFoundError for an unknown segment.
    """
    thousandths = _checked(measure, value, due_on, organisation.today(now))
    segment = Segment.objects.filter(key=segment_key, archived_at__isnull=True).first()
    if segment is None:
        raise NotFoundError("There is no such segment.")
    Target.objects.filter(segment=segment, measure=measure, retired_at__isnull=True).update(retired_at=now)
    return Target.objects.create(
        organisation_id=require_write(),
        segment=segment,
        measure=measure,
        value_thousandths=thousandths,
        due_on=due_on,
        owner=owner,
        start_value_thousandths=_start_value(segment, measure),
        note=note.strip(),
        created_by=user,
        created_at=now,
    )


def retire_target(*, organisation: Organisation, target_id: UUID, now: datetime) -> None:
    """End a target; it stays on record. Raises NotFoundError for one that is not in force."""
    if not Target.objects.filter(pk=target_id, retired_at__isnull=True).update(retired_at=now):
        raise NotFoundError("There is no such target.")
