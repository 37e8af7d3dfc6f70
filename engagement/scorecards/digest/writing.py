"""The words of the weekly mail: one line for each organisation, what waits below it, and where one looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.terms import Terms
from engagement.insights.types import Need, PortfolioLine
from engagement.look.dates import month_text, short_day_text
from engagement.scorecards.digest.reading import Entry
from engagement.scorecards.present.score import band_mark, headline_number
from engagement.scorecards.present.segments import change_text
from engagement.scorecards.words.needs import sort_lines, sort_needs
from engagement.scorecards.words.reasons import no_score
from tenants.links import public_url


@dataclass(frozen=True, slots=True)
class Told:
    """One organisation as the mail prints it."""

    name: str
    summary: str
    waiting: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The whole mail but its end."""

    subject: str
    waiting: tuple[Told, ...]
    quiet: tuple[Told, ...]


def letter_of(*, entries: Sequence[Entry]) -> Letter | None:
    """What waits first, the most urgent on top, then the others by name; None where there is nothing to tell of."""
    if not entries:
        return None
    by_id = {entry.line.organisation_id: entry for entry in entries}
    needs = {key: entry.needs for key, entry in by_id.items()}
    ordered = [by_id[line.organisation_id] for line in sort_lines(lines=[one.line for one in entries], needs=needs)]
    return Letter(
        subject=subject_of(entries=entries),
        waiting=tuple(_told(entry) for entry in ordered if entry.needs),
        quiet=tuple(_told(entry) for entry in ordered if not entry.needs),
    )


def subject_of(*, entries: Sequence[Entry]) -> str:
    """Example: "The week in 8 organisations: something waits in 3"; of a single one its name."""
    waiting = sum(bool(entry.needs) for entry in entries)
    n = len(entries)
    if n == 1:
        said = _("The week at {name}: something waits") if waiting else _("The week at {name}: nothing waits")
        return said.format(name=entries[0].line.name)
    if not waiting:
        return ngettext(
            "The week in {n} organisations: nothing waits", "The week in {n} organisations: nothing waits", n
        ).format(n=n)
    said = ngettext(
        "The week in {n} organisations: something waits in {waiting}",
        "The week in {n} organisations: something waits in {waiting}",
        n,
    )
    return said.format(n=n, waiting=waiting)


def summary(*, line: PortfolioLine, terms: Terms) -> str:
    """Example: "68.4, Good, on 1 Mar; +1.2 in February 2026"."""
    total = line.total
    if total is None:
        return _("no score yet")
    if total.score is None:
        return no_score(figures=total, terms=terms)
    values = {
        "score": headline_number(figures=total, target=line.target, terms=terms),
        "band": band_mark(figures=total, terms=terms).name,
        "day": short_day_text(total.as_of, locale=terms.locale),
    }
    if line.change is None or line.compared is None:
        return _("{score}, {band}, on {day}; no two finished months to compare yet").format(**values)
    moved = change_text(change=line.change, terms=terms, places=1).text
    month = month_text(line.compared.as_of, locale=terms.locale)
    return _("{score}, {band}, on {day}; {change} in {month}").format(change=moved, month=month, **values)


def _told(entry: Entry) -> Told:
    line = entry.line
    return Told(
        name=line.name,
        summary=summary(line=line, terms=entry.terms),
        waiting=tuple(_waiting(need, may_act=entry.may_act) for need in sort_needs(entry.needs)),
        link=public_url(reverse("scorecard", args=[line.slug])),
    )


def _waiting(need: Need, *, may_act: bool) -> str:
    """What waits and why; the page that does something about it only for whom it opens."""
    said = f"{need.what} {need.why}"
    return f"{said} {need.do}: {public_url(reverse(need.url_name, args=[need.organisation_slug]))}" if may_act else said
