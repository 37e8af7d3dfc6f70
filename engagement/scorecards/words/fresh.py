"""How fresh the numbers are, in a line under them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.terms import Terms
from engagement.insights.types import Freshness
from engagement.look.dates import day_text, instant_text
from engagement.scorecards.words.needs import STALE_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshLine:
    event: str
    run: str
    is_stale: bool


def fresh_line(*, found: Freshness, terms: Terms) -> FreshLine:
    """Example: "Last counted event: 31 December 2017, 1 day ago" and "Last run: 10, of 31 December 2017 …"."""
    if found.last_event_on is None:
        event = _("No event has counted yet")
    else:
        event = _last_event(found.last_event_on, found.stale_days, terms)
    run = _("Nothing has been scored yet")
    if found.run_as_of is not None:
        at = instant_text(found.scored_at, zone=terms.zone, locale=terms.locale)
        run = _("Last run: {run}, of {day}, finished {instant}").format(
            run=found.run_number, day=day_text(found.run_as_of, locale=terms.locale), instant=at
        )
    stale = found.stale_days is not None and found.stale_days >= STALE_DAYS
    return FreshLine(event=event, run=run, is_stale=stale)


def _last_event(last: date, days: int | None, terms: Terms) -> str:
    day = day_text(last, locale=terms.locale)
    if days is None or days < 0:
        return _("Last counted event: {day}").format(day=day)
    if days == 0:
        return _("Last counted event: {day}, today").format(day=day)
    if days == 1:
        return _("Last counted event: {day}, yesterday").format(day=day)
    said = ngettext("Last counted event: {day}, {days} day ago", "Last counted event: {day}, {days} days ago", days)
    return said.format(day=day, days=days)
