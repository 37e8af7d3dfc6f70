"""What the pages say about own weights for segments: a table beside the set's own numbers, and what is new in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _

from engagement.look.components import Confirm
from engagement.scoring.forms.weights import OwnWeightsForm
from engagement.scoring.models import WeightSet
from engagement.scoring.types import OverrideView, WeightLine, WeightSetView
from engagement.scoring.views import reader as numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnColumn:
    key: str
    name: str
    is_archived: bool


@dataclass(frozen=True, slots=True)
class OwnCell:
    """A weight with its cap, or full points; `is_same` as the set's own number."""

    value: str
    cap: str
    is_same: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRow:
    name: str
    of_set: OwnCell
    cells: tuple[OwnCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTable:
    """One column a segment, one row an action and the last for full points."""

    set_name: str
    columns: tuple[OwnColumn, ...]
    rows: tuple[OwnRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedRow:
    """An action in the form, beside what the set itself says."""

    name: str
    of_set: OwnCell
    weight: forms.BoundField
    cap: forms.BoundField


def own_table(view: WeightSetView | None) -> OwnTable | None:
    """A set's own weights for segments beside its other numbers; None where it has none."""
    if view is None or not view.overrides:
        return None
    rows = [
        OwnRow(
            name=line.name,
            of_set=_cell(line),
            cells=tuple(_cell(own.weights[at], line) for own in view.overrides),
        )
        for at, line in enumerate(view.weights)
    ]
    full = OwnRow(
        name=_("Full points"),
        of_set=_full_points(view.full_points),
        cells=tuple(_full_points(own.full_points, view.full_points) for own in view.overrides),
    )
    return OwnTable(
        set_name=view.overrides[0].set_name,
        columns=tuple(
            OwnColumn(key=own.segment_key, name=own.segment_name, is_archived=own.is_archived) for own in view.overrides
        ),
        rows=(*rows, full),
    )


def own_changes(view: WeightSetView, before: WeightSetView | None) -> tuple[str, ...]:
    """One sentence for each segment whose own weights are other than in the set before."""
    now = {own.segment_key: own for own in view.overrides}
    then = {own.segment_key: own for own in before.overrides} if before else {}
    said = [text for key, own in now.items() if (text := _changed(own, then.get(key)))]
    gone = [own for key, own in then.items() if key not in now]
    taken_away = _("{segment}: taken away, the set’s own numbers count again.")
    return (*said, *(taken_away.format(segment=own.segment_name) for own in gone))


def edited_rows(*, draft: WeightSetView, form: OwnWeightsForm) -> tuple[EditedRow, ...]:
    """The actions of the form in the order of the draft."""
    return tuple(
        EditedRow(name=line.name, of_set=_cell(line), weight=form[f"weight_{line.key}"], cap=form[f"cap_{line.key}"])
        for line in draft.weights
    )


def remove_question(*, own: OverrideView, opened: str, problems: list[str], back_url: str) -> Confirm:
    """Before own weights leave the draft."""
    text = _(
        "In this draft {segment} is then scored with the set’s own numbers, as everybody else is. Nothing "
        "counts differently until the draft is published."
    ).format(segment=own.segment_name)
    return Confirm(
        question=_("Take the own weights of {segment} away?").format(segment=own.segment_name),
        consequence=" ".join([*problems, text]),
        button=_("Take them away"),
        back_url=back_url,
        back=_("Keep them"),
        fields=(("changed_at", opened),),
    )


def archive_words(where: Mapping[str, int]) -> str:
    """What archiving a segment does to its own weights, by the state of the set that holds them; empty without any."""
    said = []
    if WeightSet.State.PUBLISHED in where:
        told = _(
            "It has weights of its own in set {number}, which counts now: from the next scoring on its customers are "
            "scored with the set’s own numbers, so their scores, and the total, may move."
        )
        said.append(told.format(number=where[WeightSet.State.PUBLISHED]))
    if WeightSet.State.DRAFT in where:
        said.append(_("Its own weights in the draft are lost."))
    if {WeightSet.State.PROPOSED, WeightSet.State.SCHEDULED} & where.keys():
        said.append(_("Its own weights in the set that is to come will have no effect."))
    return " ".join(said)


def _cell(line: WeightLine, of_set: WeightLine | None = None) -> OwnCell:
    same = of_set is not None and (line.weight, line.cap) == (of_set.weight, of_set.cap)
    return OwnCell(numbers.short_text(line.weight, most=3), _cap(line.cap), same)


def _cap(cap: int | None) -> str:
    return "" if cap is None else _("at most {n}").format(n=numbers.count_text(cap))


def _full_points(value: Decimal | None, of_set: Decimal | None = None) -> OwnCell:
    return OwnCell(_("not decided") if value is None else numbers.short_text(value, most=3), "", value == of_set)


def _changed(now: OverrideView, before: OverrideView | None) -> str:
    if before is None:
        return _("{segment}: new.").format(segment=now.segment_name)
    known = {line.key: line for line in before.weights}
    parts = [text for line in now.weights if (text := _line_changed(line, known.get(line.key)))]
    if now.full_points != before.full_points:
        parts.append(
            _("full points {before} → {after}").format(
                before=_points(before.full_points), after=_points(now.full_points)
            )
        )
    return f"{now.segment_name}: {'; '.join(parts)}." if parts else ""


def _line_changed(now: WeightLine, before: WeightLine | None) -> str:
    """What of an action is another number; an action that is new and worth 0 changes nothing."""
    weight, cap = (before.weight, before.cap) if before else (Decimal(0), None)
    parts = [f"{_points(weight)} → {_points(now.weight)}"] if weight != now.weight else []
    if cap != now.cap:
        none = _("none")
        parts.append(_("cap {before} → {after}").format(before=_cap(cap) or none, after=_cap(now.cap) or none))
    return f"{now.name} {', '.join(parts)}" if parts else ""


def _points(value: Decimal) -> str:
    return numbers.short_text(value, most=3)
