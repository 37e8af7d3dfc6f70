"""Findings as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.cases.models import Finding, Initiative
from engagement.cases.types import FindingLine, FindingState, SeenFigures, StepLine
from engagement.insights.note_types import segment_name
from engagement.insights.speaking import nobody
from engagement.insights.terms import Terms
from engagement.look.components import Fact
from engagement.look.dates import day_text, instant_text, span_text
from engagement.look.numbers import count_text, per_customer_text, score_text

STATES = {
    FindingState.OPEN: _lazy("open"),
    FindingState.HAS_STEP: _lazy("has a step"),
    FindingState.CLOSED: _lazy("closed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLink:
    id: UUID
    title: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One finding in a list, or on its page."""

    id: UUID
    number: int
    title: str
    words: str
    about: str
    segment_key: str
    days: str
    severity: str
    state: str
    is_open: bool
    is_closed: bool
    origin: str
    said: str
    closed: str  # when and why; "" while it is open
    steps: tuple[StepLink, ...]
    facts: tuple[Fact, ...]
    seen: str  # in which scoring; "" where there was none


def finding_row(line: FindingLine, *, terms: Terms, slug: str) -> FindingRow:
    """A finding in words."""
    when = instant_text(line.recorded_at, zone=terms.zone, locale=terms.locale)
    return FindingRow(
        id=line.id,
        number=line.number,
        title=line.title,
        words=line.words,
        about=segment_name(key=line.segment_key, name=line.segment_name),
        segment_key=line.segment_key,
        days=span_text(line.first_day, line.last_day, locale=terms.locale),
        severity=str(Finding.Severity(line.severity).label),
        state=str(STATES[line.state]),
        is_open=line.state is FindingState.OPEN,
        is_closed=line.state is FindingState.CLOSED,
        origin=str(Finding.Origin(line.origin_kind).label),
        said=_("{who}, {when}").format(who=line.recorded_by or _by_nobody(line), when=when),
        closed=_closed(line, terms),
        steps=tuple(
            StepLink(id=step.id, title=step.title, state=str(Initiative.State(step.state).label)) for step in line.steps
        ),
        facts=_facts(line.seen, terms, slug),
        seen=_seen(line.seen, terms),
    )


def _by_nobody(line: FindingLine) -> str:
    return capfirst(nobody()) if line.origin_kind == Finding.Origin.PERSON else _("Rapport")


def _closed(line: FindingLine, terms: Terms) -> str:
    if line.closed_at is None:
        return ""
    when = instant_text(line.closed_at, zone=terms.zone, locale=terms.locale)
    return _("Closed {when}: {reason}").format(when=when, reason=line.closed_because)


def _facts(seen: SeenFigures | None, terms: Terms, slug: str) -> tuple[Fact, ...]:
    if seen is None or seen.n is None:
        return ()
    run = reverse("run", args=[slug, seen.run_number])
    return (
        Fact(
            name=_("Customer Engagement Score"),
            value=score_text(seen.score, places=2, bands=terms.bands, locale=terms.locale),
        ),
        Fact(name=_("Points per customer"), value=per_customer_text(seen.points_per_customer, locale=terms.locale)),
        Fact(name=_("Customers"), value=count_text(seen.n, locale=terms.locale)),
        Fact(name=_("Scoring"), value=str(seen.run_number), url=run),
    )


def _seen(seen: SeenFigures | None, terms: Terms) -> str:
    if seen is None:
        return _("No scoring was there on these days, so it has no figures.")
    day = day_text(seen.as_of, locale=terms.locale)
    if seen.n is None:
        few = _("Seen in the scoring of {day}; too few customers for a number.")
        return few.format(day=day)
    return _("As the scoring of {day} had it. These figures stay as they are.").format(day=day)


def heading(*, findings: Sequence[FindingLine], steps: Sequence[StepLine]) -> str:
    """What waits, in one sentence."""
    waiting = sum(line.state is FindingState.OPEN for line in findings)
    running = sum(step.state == Initiative.State.RUNNING for step in steps)
    if waiting:
        said = ngettext("{n} finding has no step yet", "{n} findings have no step yet", waiting)
        return said.format(n=waiting)
    if running:
        said = ngettext("{n} step runs, and every finding has one", "{n} steps run, and every finding has one", running)
        return said.format(n=running)
    return _("No finding waits for a step") if findings or steps else _("Nothing is recorded yet")
