"""Two weight sets beside each other: what they say, and what each gives with today's data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext_lazy

from engagement.scoring.selectors import weights as reads
from engagement.scoring.selectors.previews import set_preview
from engagement.scoring.types import DraftPreview, OverrideView, WeightLine, WeightSetView
from engagement.scoring.views import reader as numbers
from engagement.scoring.views import words
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.models import Organisation
from tenants.permissions import Permission

_NAMED_BY_STATE = {
    "draft": _lazy("Set {number} (draft)"),
    "proposed": _lazy("Set {number} (waits for approval)"),
    "scheduled": _lazy("Set {number} (scheduled)"),
    "published": _lazy("Set {number} (in force)"),
}
_NO_LINE = "–"


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One thing that both sets say, or give, as text; `band` is the code where it is how many are in one."""

    name: str
    first: str
    second: str
    band: str = ""

    @property
    def is_same(self) -> bool:
        return self.first == self.second


class CompareForm(forms.Form):
    """Which two sets; by default the one in force, and the draft or the set before."""

    first = forms.ChoiceField(label=pgettext_lazy("weights", "Set"))
    second = forms.ChoiceField(label=_lazy("Beside set"))

    def __init__(self, data: dict[str, str], *, sets: Sequence[WeightSetView]) -> None:
        first = next((one for one in sets if one.state == "published"), sets[0])
        others = [one for one in sets if one.number != first.number]
        second = next((one for one in others if one.state in {"draft", "proposed"}), others[0] if others else first)
        super().__init__({"first": str(first.number), "second": str(second.number), **data})
        for name in ("first", "second"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(str(one.number), _set_name(one)) for one in sets]


@organisation_view(get=Permission.VIEW)
def weights_compare(request: OrganisationRequest) -> HttpResponse:
    """Two sets side by side: weights, caps, window, half-life, full points, and the numbers they give."""
    sets = reads.weight_sets(organisation=request.organisation)
    asked = {name: request.GET[name] for name in ("first", "second") if request.GET.get(name)}
    form = CompareForm(asked, sets=sets) if sets else None
    context: dict[str, object] = {"form": form}
    if form is not None and form.is_valid():
        by_number = {str(one.number): one for one in sets}
        pair = by_number[form.cleaned_data["first"]], by_number[form.cleaned_data["second"]]
        context |= _compared(request.organisation, pair, request.organisation.last_finished_day(timezone.now()))
    return render(request, "scoring/weights_compare.html", context)


def _compared(organisation: Organisation, pair: tuple[WeightSetView, WeightSetView], as_of: date) -> dict[str, object]:
    first, second = (set_preview(organisation=organisation, number=one.number, as_of=as_of) for one in pair)
    numbers_said = [row for row in _said(*pair) if row is not None]
    return {
        "pair": pair,
        "said": numbers_said,
        "n_other": sum(not row.is_same for row in numbers_said),
        "figures": _figures(organisation, first, second) if first.draft and second.draft else (),
        "reasons": [
            _("Set {number}: {reason}").format(number=one.number, reason=found.reason)
            for one, found in zip(pair, (first, second), strict=True)
            if found.reason
        ],
        "as_of": first.as_of,
        "n": first.draft.n if first.draft else None,
    }


def _set_name(one: WeightSetView) -> str:
    return str(_NAMED_BY_STATE.get(one.state, _("Set {number}"))).format(number=one.number)


def _said(first: WeightSetView, second: WeightSetView) -> list[ComparedRow]:
    names = {line.key: line.name for line in (*first.weights, *second.weights)}
    lines = [{line.key: line for line in one.weights} for one in (first, second)]
    rows = [ComparedRow(name, *(_weight(one.get(key)) for one in lines)) for key, name in names.items()]
    rows += [
        row
        for key, name in names.items()
        if not (
            row := ComparedRow(_("Cap of {name}").format(name=name), *(_cap(one.get(key)) for one in lines))
        ).is_same
    ]
    rows.append(_both(_("Window"), first, second, lambda one: _days(one.window_days)))
    rows.append(_both(_("Half-life"), first, second, lambda one: _days(one.half_life_days)))
    rows.append(
        _both(
            _("Full points"),
            first,
            second,
            lambda one: _("not decided") if one.full_points is None else words.weight_text(one.full_points),
        )
    )
    own = [{part.segment_key: part for part in one.overrides if not part.is_archived} for one in (first, second)]
    for key in dict.fromkeys([*own[0], *own[1]]):
        name = next(one[key].segment_name for one in own if key in one)
        rows.append(ComparedRow(_("Own weights of {name}").format(name=name), *(_own(one.get(key)) for one in own)))
    return rows


def _both(name: str, first: WeightSetView, second: WeightSetView, say: Callable[[WeightSetView], str]) -> ComparedRow:
    return ComparedRow(name, say(first), say(second))


def _days(n: int | None) -> str:
    return ngettext("{n} day", "{n} days", n).format(n=n) if n else _("none")


def _weight(line: WeightLine | None) -> str:
    return _NO_LINE if line is None else words.weight_text(line.weight)


def _cap(line: WeightLine | None) -> str:
    return _("none") if line is None or line.cap is None else numbers.count_text(line.cap)


def _own(part: OverrideView | None) -> str:
    if part is None:
        return _("none")
    weights = ", ".join(_own_line(line) for line in part.weights)
    return _("{weights}; full points {points}").format(weights=weights, points=words.weight_text(part.full_points))


def _own_line(line: WeightLine) -> str:
    said = f"{line.name} {words.weight_text(line.weight)}"
    return _("{weight} at most {n} times").format(weight=said, n=line.cap) if line.cap else said


def _figures(organisation: Organisation, first: DraftPreview, second: DraftPreview) -> list[ComparedRow]:
    bands = words.bands_of(organisation)
    rows = [words.preview_rows(preview=one, bands=bands) for one in (first, second)]
    found = [ComparedRow(one.name, one.draft, other.draft, one.band) for one, other in zip(*rows, strict=True)]
    scores = {
        one.key: numbers.score_text(one.draft.score if one.draft else None, places=2) for one in second.segments[1:]
    }
    found += [
        ComparedRow(
            f"{one.set_name}: {one.name}",
            numbers.score_text(one.draft.score if one.draft else None, places=2),
            scores[one.key],
        )
        for one in first.segments[1:]
        if one.key in scores
    ]
    return found
