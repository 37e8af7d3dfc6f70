"""How fresh the numbers are, in a line under them."""

from __future__ import annotations

from dataclasses import dataclass

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
        event = "No event has counted yet"
    else:
        event = f"Last counted event: {day_text(found.last_event_on, locale=terms.locale)}{_ago(found.stale_days)}"
    run = "Nothing has been scored yet"
    if found.run_as_of is not None:
        at = instant_text(found.scored_at, zone=terms.zone, locale=terms.locale)
        run = f"Last run: {found.run_number}, of {day_text(found.run_as_of, locale=terms.locale)}, finished {at}"
    stale = found.stale_days is not None and found.stale_days >= STALE_DAYS
    return FreshLine(event=event, run=run, is_stale=stale)


def _ago(days: int | None) -> str:
    if days is None or days < 0:
        return ""
    if days == 0:
        return ", today"
    return ", yesterday" if days == 1 else f", {days} days ago"
