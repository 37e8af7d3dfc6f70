"""What was changed in the period: weights, rules, targets, steps, and what was read out."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from engagement.cases.selectors import initiatives_between, latest_readout
from engagement.cases.types import StepLine
from engagement.insights.models import Target
from engagement.insights.note_types import segment_name
from engagement.reviews.gathering.data import LISTED, instants
from engagement.reviews.numbers import kept
from engagement.reviews.types import Json, Period
from engagement.scoring.models import ActionDefinition, SegmentDefinition, WeightSet
from tenants.models import Organisation


def changes(*, organisation: Organisation, period: Period) -> Json:
    """Each with its day on the organisation's clock; of each kind the latest LISTED."""
    first, last = instants(organisation=organisation, period=period)
    zone, within = ZoneInfo(organisation.time_zone), {"created_at__gte": first, "created_at__lt": last}

    def day(instant: datetime) -> str:
        return instant.astimezone(zone).date().isoformat()

    published = WeightSet.objects.filter(published_at__gte=first, published_at__lt=last).order_by("-number")
    actions = ActionDefinition.objects.filter(**within).select_related("action").order_by("-number")
    segments = SegmentDefinition.objects.filter(**within).select_related("segment").order_by("-number")
    steps = initiatives_between(first_day=period.first_day, last_day=period.last_day)
    return {
        "weights": [
            {"number": one.number, "on": day(one.published_at)} for one in published[:LISTED] if one.published_at
        ],
        "actions": [{"name": one.action.name, "on": day(one.created_at)} for one in actions[:LISTED]],
        "segments": [{"name": one.segment.name, "on": day(one.created_at)} for one in segments[:LISTED]],
        "targets": _targets(first, last, zone),
        "steps": [_step(one, period) for one in steps[:LISTED]],
        "read_outs": [found for one in steps[:LISTED] if (found := read_out_of(one)) is not None],
    }


def _targets(first: datetime, last: datetime, zone: ZoneInfo) -> list[Json]:
    """Targets that were set or ended; a change is both."""
    rows = Target.objects.filter(
        Q(created_at__gte=first, created_at__lt=last) | Q(retired_at__gte=first, retired_at__lt=last)
    )
    found = []
    for row in rows.select_related("segment").order_by("-created_at")[:LISTED]:
        for what, at in (("set", row.created_at), ("ended", row.retired_at)):
            if at is not None and first <= at < last:
                found.append(
                    {
                        "what": what, "on": at.astimezone(zone).date().isoformat(), "measure": row.measure,
                        "name": segment_name(key=row.segment.key, name=row.segment.name),
                        "key": row.segment.key, "value": kept_unit(row.value_thousandths),
                    }
                )  # fmt: skip
    return found


def kept_unit(thousandths: int) -> str:
    """Thousandths of a measure's own unit as they are kept: "75", "0.45"."""
    whole, part = divmod(thousandths, 1000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")


def _step(one: StepLine, period: Period) -> Json:
    began = period.first_day <= one.first_day <= period.last_day
    return {
        "id": str(one.id), "title": one.title, "state": one.state,
        "began": one.first_day.isoformat() if began else None, "ended": _ended(one.last_day, period),
    }  # fmt: skip


def _ended(last_day: date | None, period: Period) -> str | None:
    """The last day where it lies in the period: a step may well go on."""
    within = last_day is not None and period.first_day <= last_day <= period.last_day
    return last_day.isoformat() if within and last_day is not None else None


def read_out_of(one: StepLine) -> Json | None:
    """The last read-out of a step as it is kept; None where there is none."""
    view = latest_readout(initiative_id=one.id) if one.latest_number is not None else None
    if view is None:
        return None
    effect = view.effect(view.measure)
    return {
        "step": str(one.id), "title": one.title, "number": view.number, "measure": view.measure,
        "as_of": view.after.as_of.isoformat(),
        "effect": kept(effect.effect) if effect else None,
        "low": kept(effect.low) if effect else None,
        "high": kept(effect.high) if effect else None,
    }  # fmt: skip
