"""What the settings page says of the lines between bands and of the schedule, as they are typed."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.scoring.formula import BAND_NAMES, Bands
from engagement.scoring.schedule import next_scoring
from engagement.scoring.selectors.banding import BandEffect, band_effect
from engagement.scoring.views.reader import count_text, delta_text
from engagement.scoring.views.schedule_words import next_words
from tenants.models import Organisation
from tenants.selectors import band_names

_SCHEDULE = ("schedule", "schedule_hour", "time_zone")


@dataclass(frozen=True, slots=True)
class BandLine:
    """A band under the saved lines and under those typed, with the customers in it."""

    code: str
    name: str
    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True)
class BandsSaid:
    """What other lines would do; `problem` stands alone where they cannot be lines."""

    problem: str
    effect: BandEffect | None
    finding: str
    lines: tuple[BandLine, ...]
    segments: tuple[str, ...]


def schedule_said(organisation: Organisation, form: forms.Form) -> str:
    """When the next scoring is, by what is typed where that can be used, and by what is saved otherwise."""
    seen = copy(organisation)
    if form.is_bound and not any(name in form.errors for name in _SCHEDULE):
        for name in _SCHEDULE:
            setattr(seen, name, form.cleaned_data[name])
    return next_words(next_scoring(organisation=seen, now=timezone.now()), organisation=seen)


def bands_said(organisation: Organisation, form: forms.Form) -> BandsSaid | None:
    """What the typed lines would do to the counts of the latest scoring; None where nothing was typed."""
    if not form.is_bound or "band_good" not in form.fields:
        return None
    typed = (form.cleaned_data if not form.errors or hasattr(form, "cleaned_data") else {}).get
    good, excellent = typed("band_good"), typed("band_excellent")
    if good is None or excellent is None:
        return BandsSaid(_("Give both lines as numbers from 0 to 100."), None, "", (), ())
    if not 0 < good <= excellent:
        return BandsSaid(_("The lower line lies above 0 and not above the upper one."), None, "", (), ())
    effect = band_effect(organisation=organisation, after=Bands(_thousandths(good), _thousandths(excellent)))
    if effect is None:
        return BandsSaid(_("What the lines do to your customers shows after the first scoring."), None, "", (), ())
    saved = band_names(organisation)
    names = {code: typed(f"name_{code}") or saved[code] for code in BAND_NAMES}
    moved = (f"{move.name}: {names[move.before]} → {names[move.after]}" for move in effect.segments)
    return BandsSaid("", effect, _finding(effect), _lines(effect, names), tuple(moved))


def _thousandths(line: Decimal) -> int:
    return int(line * 1000)


def _finding(effect: BandEffect) -> str:
    n, of = effect.n_moved, sum(effect.before)
    if not n and effect.segments:
        return _("No customer would be in another band, but segments would")
    if not n:
        return _("These lines leave every customer in the same band")
    said = ngettext(
        "{n} of {of} customers would be in another band", "{n} of {of} customers would be in another band", n
    )
    return said.format(n=count_text(n), of=count_text(of))


def _lines(effect: BandEffect, names: dict[str, str]) -> tuple[BandLine, ...]:
    counts = zip(BAND_NAMES, effect.before, effect.after, strict=True)
    return tuple(
        BandLine(code, names[code], count_text(was), count_text(will), delta_text(will - was, places=0))
        for code, was, will in counts
    )
