"""The steps taken on a draft as a person reads them: what changed, who, when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from engagement.look.locales import spoken
from engagement.look.numbers import short_text
from engagement.scoring.models import Action, Segment, WeightSet
from engagement.scoring.numerals import whole
from engagement.scoring.selectors.current_sets import current_sets
from engagement.scoring.selectors.weights import to_points
from tenants.models import Organisation, User

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DraftStepLine:
    """One step; `by` is empty for a program. `changes` say what it changed, one by one."""

    changes: tuple[str, ...]
    by: str
    at: datetime
    is_undone: bool


@dataclass(frozen=True, slots=True)
class DraftSteps:
    """The steps taken on the draft, the newest first."""

    lines: tuple[DraftStepLine, ...] = ()

    @property
    def may_undo(self) -> bool:
        return any(not line.is_undone for line in self.lines)

    @property
    def may_redo(self) -> bool:
        return any(line.is_undone for line in self.lines)


def draft_steps(*, organisation: Organisation) -> DraftSteps:
    """The steps of the draft; none without a draft."""
    row = current_sets().get(WeightSet.State.DRAFT)
    if row is None or not row.draft_steps:
        return DraftSteps()
    names = {UUID(step["by"]) for step in row.draft_steps if step["by"]}
    people = {str(user.pk): user.name for user in User.objects.filter(pk__in=names)}
    actions = dict(Action.objects.values_list("key", "name"))
    segments = dict(Segment.objects.values_list("key", "name"))
    lines = [
        DraftStepLine(
            changes=_changes(before["state"], step["state"], actions, segments),
            by=people.get(step["by"] or "", ""),
            at=parse_datetime(step["at"]) or row.changed_at,
            is_undone=step["undone"],
        )
        for before, step in pairwise(row.draft_steps)
    ]
    return DraftSteps(tuple(reversed(lines)))


def _changes(before: State, after: State, actions: Mapping[str, str], segments: Mapping[str, str]) -> tuple[str, ...]:
    said = _of_lines(before["weights"], after["weights"], actions)
    if before["full_points_thousandths"] != after["full_points_thousandths"]:
        said.append(_("full points {before} → {after}").format(before=_points(before), after=_points(after)))
    elif before["full_points_from"] != after["full_points_from"]:
        said.append(_("where full points come from"))
    if before["window_days"] != after["window_days"]:
        text = ngettext("window {before} → {after} day", "window {before} → {after} days", after["window_days"])
        said.append(text.format(before=before["window_days"], after=after["window_days"]))
    if before["half_life_days"] != after["half_life_days"]:
        none = pgettext("half-life", "none")
        ends = {"before": before["half_life_days"] or none, "after": after["half_life_days"] or none}
        said.append(_("half-life {before} → {after}").format(**ends))
    for key in sorted({*before["own"], *after["own"]}):
        if before["own"].get(key) != after["own"].get(key):
            said.append(_("own weights of {segment}").format(segment=segments.get(key, key)))
    return tuple(said)


def _of_lines(before: State, after: State, actions: Mapping[str, str]) -> list[str]:
    said = []
    for key in sorted({*before, *after}, key=lambda key: actions.get(key, key)):
        (weight, cap), (then, former) = after.get(key, (0, None)), before.get(key, (0, None))
        name = actions.get(key, key)
        if weight != then:
            said.append(f"{name} {_number(then)} → {_number(weight)}")
        if cap != former:
            text = _("cap of {action} {before} → {after}")
            said.append(text.format(action=name, before=_cap(former), after=_cap(cap)))
    return said


def _points(state: State) -> str:
    found = state["full_points_thousandths"]
    return _("not decided") if found is None else _number(found)


def _number(thousandths: int) -> str:
    return short_text(to_points(thousandths), most=3, locale=spoken())


def _cap(cap: int | None) -> str:
    return pgettext("cap", "none") if cap is None else whole(cap)
