"""Reads about weight sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet

from engagement.errors import NotFoundError
from engagement.scoring.formula import WEIGHT_SCALE
from engagement.scoring.models import Channel, OverrideWeight, Weight, WeightOverride, WeightSet
from engagement.scoring.selectors.current_sets import current_sets
from engagement.scoring.types import OverrideView, WeightLine, WeightSetView
from tenants.models import Organisation, User
from tenants.remembering import remembered

_LARGEST_NUMBER: Final = 2**31 - 1  # the column's; no set has a larger one


def to_points(thousandths: int) -> Decimal:
    """Whole thousandths as the number a person reads, exactly: 5000 → 5, −250 → −0.25."""
    whole, rest = divmod(thousandths, WEIGHT_SCALE)
    return Decimal(thousandths) / WEIGHT_SCALE if rest else Decimal(whole)


def weight_set_view(row: WeightSet) -> WeightSetView:
    """A row with its weights, by channel and then in the order of the actions."""
    return _views([row])[0]


def weight_sets(*, organisation: Organisation) -> tuple[WeightSetView, ...]:
    """Every set, the draft included, newest first."""
    return _views(_rows(organisation).order_by("-number"))


def weight_set(*, organisation: Organisation, number: int) -> WeightSetView:
    """One set by its number; raises NotFoundError."""
    row = _rows(organisation).filter(number=number).first() if number <= _LARGEST_NUMBER else None
    if row is None:
        raise NotFoundError
    return weight_set_view(row)


def draft_view(*, organisation: Organisation) -> WeightSetView | None:
    """The draft, None without one."""
    return _current_views().get(WeightSet.State.DRAFT)


def published_view(*, organisation: Organisation) -> WeightSetView | None:
    """The set in force, None before the first has been published."""
    return _current_views().get(WeightSet.State.PUBLISHED)


def proposed_view(*, organisation: Organisation) -> WeightSetView | None:
    """The set that waits for a second person, None without one."""
    return _current_views().get(WeightSet.State.PROPOSED)


def _current_views() -> dict[str, WeightSetView]:
    """The draft, the proposal and the set in force, by state: pages ask for one after the other."""
    rows = current_sets()
    views = remembered("scoring.current_views", lambda: _views(rows.values()))
    return dict(zip(rows, views, strict=True))


def _rows(organisation: Organisation) -> QuerySet[WeightSet]:
    return WeightSet.objects.filter(organisation=organisation).select_related(
        "created_by", "published_by", "proposed_by", "approved_by"
    )


def _views(rows: Iterable[WeightSet]) -> tuple[WeightSetView, ...]:
    found = list(rows)
    lines: dict[object, list[WeightLine]] = {row.pk: [] for row in found}
    weights = Weight.objects.filter(weight_set__in=[row.pk for row in found]).select_related("action")
    order = {channel: place for place, channel in enumerate(Channel.values)}
    for weight in sorted(weights, key=lambda w: (order[w.action.channel], w.action.position, w.action.key)):
        lines[weight.weight_set_id].append(_line(weight))
    overrides = _overrides(found, lines)
    return tuple(_view(row, tuple(lines[row.pk]), overrides[row.pk]) for row in found)


def _overrides(rows: list[WeightSet], lines: dict[object, list[WeightLine]]) -> dict[object, tuple[OverrideView, ...]]:
    """The own weights of all these sets, by set: one query where there are none, else two."""
    found: dict[object, tuple[OverrideView, ...]] = {row.pk: () for row in rows}
    overrides = list(
        WeightOverride.objects.filter(weight_set__in=[row.pk for row in rows])
        .select_related("segment__segment_set")
        .order_by("segment__is_missing_data", "segment__position", "segment__key")
    )
    if not overrides:
        return found
    own: dict[object, dict[str, OverrideWeight]] = {override.pk: {} for override in overrides}
    for line in OverrideWeight.objects.filter(override__in=list(own)).select_related("action"):
        own[line.override_id][line.action.key] = line
    for override in overrides:
        view = _override(override, lines[override.weight_set_id], own[override.pk])
        found[override.weight_set_id] += (view,)
    return found


def _override(override: WeightOverride, of_set: Sequence[WeightLine], own: dict[str, OverrideWeight]) -> OverrideView:
    """In the order of the set's own lines; what has no line of its own is worth 0."""
    group = override.segment.segment_set
    return OverrideView(
        segment_key=override.segment.key,
        segment_name=override.segment.name,
        set_key=group.key if group else "",
        set_name=group.name if group else "",
        full_points=to_points(override.full_points_thousandths),
        weights=tuple(
            replace(line, weight=to_points(own[line.key].weight_thousandths), cap=own[line.key].cap)
            if line.key in own
            else replace(line, weight=Decimal(0), cap=None)
            for line in of_set
        ),
        is_archived=override.segment.archived_at is not None,
    )


def _line(weight: Weight) -> WeightLine:
    return WeightLine(
        key=weight.action.key,
        name=weight.action.name,
        channel=weight.action.channel,
        channel_name=str(Channel(weight.action.channel).label),
        weight=to_points(weight.weight_thousandths),
        cap=weight.cap,
    )


def _name(user: User | None) -> str:
    return user.name if user else ""


def _view(row: WeightSet, weights: tuple[WeightLine, ...], overrides: tuple[OverrideView, ...]) -> WeightSetView:
    full_points = row.full_points_thousandths
    return WeightSetView(
        number=row.number,
        state=row.state,
        window_days=row.window_days,
        half_life_days=row.half_life_days,
        full_points=None if full_points is None else to_points(full_points),
        full_points_from=row.full_points_from,
        based_on=row.based_on,
        note=row.note,
        created_by=_name(row.created_by),
        created_at=row.created_at,
        changed_at=row.changed_at,
        published_by=_name(row.published_by),
        published_at=row.published_at,
        weights=weights,
        effective_from=row.effective_from,
        in_force_at=row.in_force_at,
        restate_from=row.restate_from,
        proposed_by=_name(row.proposed_by),
        proposed_at=row.proposed_at,
        proposed_by_id=row.proposed_by_id,
        approved_by=_name(row.approved_by),
        approved_at=row.approved_at,
        overrides=overrides,
    )
