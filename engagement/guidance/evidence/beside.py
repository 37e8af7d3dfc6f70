"""Figures of the measures beside the score, for their cards: the latest computed month, as its own page prints it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.companions.measures import MEASURES
from engagement.companions.selectors import companion_figures, current_setting, known_months
from engagement.companions.types import CompanionFigures
from engagement.companions.words.calculation import calculation
from engagement.companions.words.numbers import change_text, interval_text, value_text
from engagement.guidance.evidence.companions import read
from engagement.guidance.evidence.subject import Subject
from engagement.guidance.types import Line, MeasureStanding
from engagement.look.dates import month_text
from engagement.look.exact import rounded
from engagement.look.numbers import count_text
from engagement.scoring.models import Action

# How a card's measure is called there.
KEYS: Final = {
    "nps": "nps",
    "csat": "csat",
    "clv": "value",
    "repeat-purchase-rate": "repeat",
    "churn": "churn",
    "conversion": "conversion",
}


def standing(key: str, subject: Subject) -> MeasureStanding | None:
    """The latest month that has been computed; None where nobody has said how it is measured, or nothing is yet."""
    setting, month = current_setting(), next(iter(known_months()), None)
    if setting is None or month is None or not MEASURES[KEYS[key]].is_measured(setting.measuring):
        return None
    found = companion_figures(organisation=subject.organisation, segment_key=subject.key, months=[month])
    one = found.get(month, {}).get(KEYS[key])
    if one is None or one.value is None:
        return None
    names = dict(Action.objects.values_list("key", "name"))
    measure, currency, locale = MEASURES[KEYS[key]], subject.organisation.currency, subject.terms.locale
    return MeasureStanding(
        key=key,
        value=value_text(one.value, measure=measure, currency=currency, locale=locale),
        exact=rounded(one.value, places=6),
        lines=_lines(one, month, subject),
        formula=calculation(KEYS[key], measuring=setting.measuring, names=names),
        link=str(measure.name),
        url=f"{reverse('companion', args=[subject.organisation.slug])}?of={KEYS[key]}",
    )


def _lines(one: CompanionFigures, month: date, subject: Subject) -> tuple[Line, ...]:
    currency, locale = subject.organisation.currency, subject.terms.locale
    of, interval = str(MEASURES[one.measure].of), interval_text(one, currency=currency, locale=locale)
    return (
        Line(name=_("Month"), value=month_text(month, locale=locale)),
        Line(name=_("95 % interval"), value=interval, base=_("an estimate")),
        Line(name=_("Of"), value=f"{count_text(one.n or 0, locale=locale)} {of}"),
        Line(name=_("Last change"), value=change_text(one, currency=currency, locale=locale), base=_("a month before")),
    )


for _each in KEYS:
    read(_each)(partial(standing, _each))
