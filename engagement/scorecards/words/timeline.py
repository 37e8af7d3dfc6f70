"""What is said about a customer's days."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.day_types import CustomerDays, DayAction
from engagement.insights.terms import Terms
from engagement.look.dates import span_text, weekday_text
from engagement.look.numbers import count_text, decimal_text
from engagement.scorecards.words import calculation
from engagement.scorecards.words.findings import short_name
from engagement.scorecards.words.periods import sums_only


def finding(*, found: CustomerDays, terms: Terms) -> str:
    """Example: "Customer c1 was active on 14 of 90 days"; only actions that the scoring counts make a day active."""
    name, first, last = short_name(found.external_id), found.page.first, found.page.last
    if first is None or last is None:
        return _("Customer {id}: nothing is kept of so early a day").format(id=name)
    days = (last - first).days + 1
    values = {"id": name, "days": count_text(days, locale=terms.locale)}
    if not found.shown:
        said = ngettext(
            "Customer {id} did nothing that counts in {days} day",
            "Customer {id} did nothing that counts in {days} days",
            days,
        )
        return said.format(**values)
    said = ngettext(
        "Customer {id} was active on {active} of {days} day",
        "Customer {id} was active on {active} of {days} days",
        days,
    )
    return said.format(active=count_text(len(found.shown), locale=terms.locale), **values)


def standfirst(*, found: CustomerDays, terms: Terms) -> str:
    """What has to be known of these days before one reads them; "" where nothing has."""
    said = [sums_only(run=found.run, terms=terms)]
    if found.is_merged:
        said.append(_("Merged: these are the days of everybody who is this person."))
    if found.run.thinned_at is None and not found.lines:
        said.append(_("This customer is not in this score: nothing of it counted."))
    return " ".join(text for text in said if text)


def span(*, found: CustomerDays, terms: Terms) -> str:
    """Which days the page holds."""
    first, last = found.page.first, found.page.last
    return span_text(first, last, locale=terms.locale) if first and last else _("No days")


def how_counted(*, found: CustomerDays, terms: Terms) -> str:
    """With which weights, and what the points of a day are."""
    run = calculation.run_words(run=found.run, terms=terms, is_own=found.has_own_weights)
    if found.page.last is not None and found.page.last < found.first_in_window:
        return _("{run}. These days lie before the window: they count in no number of this scoring.").format(run=run)
    said = [f"{run}."]
    if _has_caps(found):
        said.append(_("Where an action has a cap, the earliest days of the window count first."))
    return " ".join([*said, calculation.half_life_words(run=found.run)])


def _has_caps(found: CustomerDays) -> bool:
    return any(line.cap is not None for line in found.lines)


def day_name(day: date, *, terms: Terms) -> str:
    """Example: "Friday 1 December 2017"."""
    return weekday_text(day, locale=terms.locale)


def silence(first: date, last: date, *, terms: Terms) -> str:
    """Example: "12 days without activity, 3–14 Dec 2017"."""
    n = (last - first).days + 1
    said = ngettext("{n} day without activity, {span}", "{n} days without activity, {span}", n)
    return said.format(n=count_text(n, locale=terms.locale), span=span_text(first, last, locale=terms.locale))


def marks(*, found: CustomerDays, first: date, last: date) -> tuple[str, ...]:
    """What a day, or a stretch of days, is in the window."""
    if last < found.first_in_window:
        return ()
    said = []
    if last == found.run.as_of:
        said.append(_("last day of the window") if first == last else _("up to the last day of the window"))
    if first == found.first_in_window:
        said.append(_("first day of the window") if first == last else _("from the first day of the window"))
    return tuple(said)


def cut(*, action: DayAction, terms: Terms) -> str:
    """What a cap took away: "2 of 5 count: the cap is reached"; "" where it took nothing."""
    if not action.is_cut:
        return ""
    if action.counted == 0:
        return _("None counts: the cap was reached before")
    said = _("{counted} of {n} count: the cap is reached")
    return said.format(counted=_plain(action.counted, terms), n=_plain(action.worth, terms))


def sums(*, found: CustomerDays, page: str, whole: str, terms: Terms) -> tuple[str, ...]:
    """How the days add up, and by what they differ from the parts of the score, which stay as they were scored."""
    changed = _changed(found, terms)
    is_all = bool(found.lines) and not changed
    said = [
        _("The days of the window come to {points} points: the points of the score.").format(points=whole)
        if is_all
        else _("The days of the window come to {points} points.").format(points=whole)
    ]
    if page != whole:
        said.append(_("Those on this page come to {points}.").format(points=page))
    if changed:
        listed = "; ".join(changed)
        said.append(_("Since this scoring, days have come, gone or been merged: {list}.").format(list=listed))
    return tuple(said)


def _changed(found: CustomerDays, terms: Terms) -> list[str]:
    done: dict[str, Fraction] = {}
    for one in found.in_window:
        for action in one.actions:
            done[action.key] = done.get(action.key, Fraction(0)) + action.worth
    pairs = [(line, done.get(line.key, Fraction(0))) for line in found.lines]
    return [
        _("{action} {by_day} by day, {counted} in the parts").format(
            action=line.name, by_day=_plain(by_day, terms), counted=_plain(line.occurrences, terms)
        )
        for line, by_day in pairs
        if by_day != line.occurrences
    ]


def _plain(value: Fraction, terms: Terms) -> str:
    return decimal_text(value, places=0 if value % 1 == 0 else 2, locale=terms.locale)
