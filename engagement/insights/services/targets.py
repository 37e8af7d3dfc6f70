"""Setting, changing and ending targets. A target in force is never rewritten: the former is retired and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import InvalidInputError, NotFoundError
from engagement.insights.models import SegmentSnapshot, Target
from engagement.scoring.models import Segment
from engagement.scoring.runs.store import run_in_force
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User
from tenants.scope import require_write

# The largest target of each measure, in its own unit; the table has the same bounds, points are bounded by their field.
_MOST: Final = {
    Target.Measure.SCORE: (Decimal(100), _lazy("A score is at most 100.")),
    Target.Measure.ACTIVE_SHARE: (Decimal(1), _lazy("An active share is at most 1, which is 100 %.")),
    Target.Measure.POINTS_PER_CUSTOMER: (Decimal(10**9), _lazy("Give at most 1,000,000,000.")),
}
_MAX_NOTE: Final = 200


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a segment stood: the value in thousandths of the measure's unit, and what it was read from."""

    thousandths: int | None = None
    as_of: date | None = None
    run_number: int | None = None


def _start(organisation: Organisation, segment: Segment, measure: str) -> _Start:
    """Where the segment stands now, cut to whole thousandths; nothing where no number may be shown."""
    run = run_in_force()
    snapshot = SegmentSnapshot.objects.filter(run=run, segment=segment).first() if run else None
    if run is None or snapshot is None or snapshot.n < max(organisation.minimum_n, 1):
        return _Start()
    value = {
        Target.Measure.SCORE: snapshot.sum_score_millionths // (snapshot.n * 1000),
        Target.Measure.POINTS_PER_CUSTOMER: int(snapshot.sum_points) // (snapshot.n * snapshot.points_scale),
        Target.Measure.ACTIVE_SHARE: snapshot.n_active * 1000 // snapshot.n,
    }[Target.Measure(measure)]
    return _Start(value, run.as_of, run.number)


def _checked(measure: str, value: Decimal, due_on: date, note: str, today: date) -> int:
    problems: dict[str, list[str]] = {}
    if measure not in Target.Measure.values:
        problems["measure"] = [_("Choose score, points per customer or active share.")]
    elif not value.is_finite() or value <= 0:
        problems["value"] = [_("Give a number above 0.")]
    elif value > _MOST[Target.Measure(measure)][0]:
        problems["value"] = [str(_MOST[Target.Measure(measure)][1])]
    elif value != value.quantize(Decimal("0.001")):
        problems["value"] = [_("Give at most three decimals; of a share in per cent, one.")]
    if due_on <= today:
        problems["due_on"] = [_("Choose a day after today, {today}.").format(today=today)]
    if len(note.strip()) > _MAX_NOTE:
        problems["note"] = [_("Use at most {most} characters.").format(most=_MAX_NOTE)]
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

    `value` is in the measure's own unit: a score 0–100, points per customer, an active share 0–1. The start is the
    latest number there is. Raises InvalidInputError with fields, NotFoundError for an unknown segment.
    """
    thousandths = _checked(measure, value, due_on, note, organisation.today(now))
    segment = Segment.objects.filter(key=segment_key, archived_at__isnull=True).first()
    if segment is None:
        raise NotFoundError(_("There is no such segment."))
    replaced = Target.objects.filter(segment=segment, measure=measure, retired_at__isnull=True).update(retired_at=now)
    start = _start(organisation, segment, measure)
    made = Target.objects.create(
        organisation_id=require_write(),
        segment=segment,
        measure=measure,
        value_thousandths=thousandths,
        due_on=due_on,
        owner=owner,
        start_value_thousandths=start.thousandths,
        start_as_of=start.as_of,
        start_run_number=start.run_number,
        note=note.strip(),
        created_by=user,
        created_at=now,
    )
    new = {"segment": segment.pk, "measure": measure, "replaces": replaced, **_said(made)}
    audit_append(act="target.set", object_kind="target", object_id=made.pk, new=new, reason=note)
    return made


def change_target(
    *,
    organisation: Organisation,
    target_id: UUID,
    value: Decimal,
    due_on: date,
    owner: User | None,
    note: str,
    user: User | None,
    now: datetime,
) -> Target:
    """Change value, due day or owner of a target: the former is retired and kept, its start goes on.

    Raises InvalidInputError with fields, NotFoundError for one that is not in force (two at once: the second).
    """
    former = Target.objects.filter(pk=target_id, retired_at__isnull=True).select_related("segment").first()
    if former is None:
        raise NotFoundError(_("There is no such target."))
    thousandths = _checked(former.measure, value, due_on, note, organisation.today(now))
    _retire(target_id, now=now)
    made = Target.objects.create(
        organisation_id=require_write(),
        segment=former.segment,
        measure=former.measure,
        value_thousandths=thousandths,
        due_on=due_on,
        owner=owner,
        start_value_thousandths=former.start_value_thousandths,
        start_as_of=former.start_as_of,
        start_run_number=former.start_run_number,
        note=note.strip(),
        created_by=user,
        created_at=now,
    )
    old, new = changed({"target": former.pk, **_said(former)}, {"target": made.pk, **_said(made)})
    audit_append(act="target.changed", object_kind="target", object_id=made.pk, old=old, new=new, reason=note)
    return made


def retire_target(*, organisation: Organisation, target_id: UUID, now: datetime) -> None:
    """End a target; it stays on record. Raises NotFoundError for one that is not in force."""
    _retire(target_id, now=now)
    audit_append(act="target.retired", object_kind="target", object_id=target_id)


def _said(target: Target) -> dict[str, object]:
    return {
        "value": Decimal(target.value_thousandths) / 1000,
        "due_on": target.due_on,
        "owner": target.owner_id,
    }


def _retire(target_id: UUID, *, now: datetime) -> None:
    if not Target.objects.filter(pk=target_id, retired_at__isnull=True).update(retired_at=now):
        raise NotFoundError(_("There is no such target."))
