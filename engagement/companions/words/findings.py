"""What the pages say first, and how contradictions are told."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.companions.measures import MEASURES
from engagement.companions.types import CompanionFigures, Contradiction
from engagement.companions.words.numbers import change_text, estimated, value_text
from engagement.insights.calendars import By, period_name
from engagement.look.locales import spoken
from engagement.look.numbers import chance_text, delta_text


def overview_finding(*, found: Sequence[CompanionFigures], against: Sequence[Contradiction]) -> str:
    """What stands beside the score in a month."""
    if against:
        n = len(against)
        return ngettext("{n} number moved against the score", "{n} numbers moved against the score", n).format(n=n)
    moved = [figures for figures in found if figures.is_unchanged is False]
    known = [figures for figures in found if figures.value is not None]
    if not known:
        return _("Nothing is known beside the score yet")
    if not moved:
        return _("Beside the score nothing has changed for sure")
    n = len(moved)
    return ngettext("{n} number beside the score has changed", "{n} numbers beside the score have changed", n).format(
        n=n
    )


def measure_finding(*, figures: CompanionFigures | None, name: str, currency: str) -> str:
    """One measure in its latest month."""
    if figures is None or figures.value is None:
        return _("{measure} is not known").format(measure=name)
    measure, locale = MEASURES[figures.measure], spoken()
    value = value_text(figures.value, measure=measure, currency=currency, locale=locale)
    if figures.change is None:
        return _("{measure} is {value}").format(measure=measure.short, value=value)
    if figures.is_unchanged:
        return _("{measure} is unchanged at {value}").format(measure=measure.short, value=value)
    change = change_text(figures, currency=currency, locale=locale)
    return _("{measure} is {value}, {change} in a month").format(measure=measure.short, value=value, change=change)


def contradiction_text(one: Contradiction, *, currency: str) -> str:
    """In one sentence: what moved which way, how sure that is, and that it is no cause."""
    locale, measure = spoken(), MEASURES[one.measure]
    said = {
        "score": delta_text(one.score_change, places=2, locale=locale),
        "segment": one.segment_name,
        "month": period_name(one.month, by=By.MONTH),
        "measure": measure.short,
        "value": value_text(one.value, measure=measure, currency=currency, locale=locale),
        "p": "" if one.p is None else chance_text(estimated(max(one.p, 1e-6)), locale=locale),
    }
    if one.kind == "without_profit":
        if one.value <= 0:
            text = _("{segment}, {month}: points per customer {score}, and profit per customer is {value}.")
        else:
            text = _("{segment}, {month}: points per customer {score}, while profit per customer fell to {value}.")
    elif one.kind == "score_up":
        text = _("{segment}, {month}: the score {score}, while {measure} got worse, to {value} (chance alone: {p}).")
    else:
        text = _("{segment}, {month}: the score {score}, while {measure} got better, to {value} (chance alone: {p}).")
    return text.format(**said)
