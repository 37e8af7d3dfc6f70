"""Reads of read-outs. They compare with people whom a membership limited to segments may not see: it has none."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.cases.found import arm_view, effects_of, mode_of, moment_of, moved_of, pre_trend_of, refused_of
from engagement.cases.models import ReadOut
from engagement.cases.readout_types import Money, ReadOutView, TargetThen, Warned
from engagement.errors import NotFoundError


def read_outs(*, initiative_id: UUID) -> tuple[ReadOutView, ...]:
    """All read-outs of a step, the latest first."""
    rows = ReadOut.objects.filter(initiative_id=initiative_id).select_related("made_by")
    return tuple(_view(row) for row in rows.order_by("-number"))


def read_out(*, initiative_id: UUID, number: int) -> ReadOutView:
    """One read-out of a step; raises NotFoundError."""
    rows = ReadOut.objects.filter(initiative_id=initiative_id, number=min(number, 2**31 - 1)).select_related("made_by")
    found = rows.first()
    if found is None:
        raise NotFoundError(_("There is no such read-out."))
    return _view(found)


def latest_readout(*, initiative_id: UUID) -> ReadOutView | None:
    """The last read-out of a step, None where there is none."""
    return next(iter(read_outs(initiative_id=initiative_id)), None)


def last_read_outs(*, before: datetime) -> tuple[tuple[str, ReadOutView], ...]:
    """The last read-out of each step that was made before an instant, with the step's lever; stopped steps as well."""
    rows = ReadOut.objects.filter(made_at__lt=before).select_related("made_by", "initiative")
    found = rows.order_by("initiative_id", "-number").distinct("initiative_id")
    return tuple((row.initiative.lever, _view(row)) for row in found)


def _view(row: ReadOut) -> ReadOutView:
    found, target = row.found, row.found["target"]
    before, after = (moment_of(one) for one in found["moments"])
    treated_moved, other_moved = (moved_of(one) for one in found["moved"])
    treated, other = (
        {name: arm_view(kept, unit=found["units"][name]) for name, kept in found[group].items()}
        for group in ("treated", "other")
    )
    return ReadOutView(
        id=row.pk,
        number=row.number,
        step_id=row.initiative_id,
        made_at=row.made_at,
        made_by=row.made_by.name if row.made_by else "",
        mode=mode_of(found),
        compared=tuple((key, name) for key, name in found["compared"]),
        refused=refused_of(found["refused"]),
        measure=found["measure"],
        before=before,
        after=after,
        treated=treated,
        other=other,
        plain=effects_of(found["plain"]),
        matched=effects_of(found["matched"]),
        without_match=found["without_match"],
        overlap=found["overlap"],
        treated_moved=treated_moved,
        other_moved=other_moved,
        pre_trend=pre_trend_of(found["pre_trend"]),
        warnings=tuple(Warned(one) for one in found["warnings"]),
        target=None
        if target is None
        else TargetThen(Decimal(target["value_thousandths"]) / 1000, date.fromisoformat(target["due_on"])),
        money=Money(**found["money"]),
    )
