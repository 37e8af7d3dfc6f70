"""What an agenda fills itself with: decisions first, then what the figures say, then what waits for somebody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Final

from engagement.cases.selectors import findings_without_step, waiting_for_read_out
from engagement.guidance.selectors.pitfalls import quality
from engagement.insights.note_types import Speaker
from engagement.insights.selectors.alerts import alerts
from engagement.insights.selectors.questions import questions
from engagement.look.exact import exact
from engagement.look.numbers import SMALLEST_CHANGE
from engagement.reviews.gathering.former import filled_decisions, still_spoken_of
from engagement.reviews.models import AgendaItem, Review
from engagement.reviews.types import Filled, Json, Period
from engagement.validity.selectors import latest_validity
from tenants.models import Organisation

_NOT_MET: Final = frozenset({"missed", "off_track"})
_CAUSES: Final = 3
_LISTED: Final = 30  # of a kind; a longer agenda is no agenda


def filled(
    *, organisation: Organisation, period: Period, gathered: Json, previous: Review | None, now: datetime
) -> list[Filled]:
    """All items, in the order in which they are talked about; what the former review carried over says so."""
    found = [
        *filled_decisions(organisation=organisation, run=period.run, decisions=still_spoken_of(previous)),
        *_targets(gathered["goals"]),
        *_causes(gathered["analysis"]["causes"]),
        *_alerts(period),
        *_validity(organisation, now),
        *_pitfalls(organisation),
        *_findings(),
        *_steps(organisation, now),
        *_questions(),
    ]
    return _with_carried(found, previous)


def _targets(goals: Iterable[Json]) -> list[Filled]:
    return [Filled("target", one["target"], one) for one in goals if one["state"] in _NOT_MET][:_LISTED]


def _causes(causes: Iterable[Json]) -> list[Filled]:
    """The largest, of those that moved the number at all as it is printed."""
    moved = [(abs(Fraction(one["value"])), one) for one in causes]
    ordered = sorted((pair for pair in moved if pair[0] >= exact(SMALLEST_CHANGE)), key=lambda pair: -pair[0])
    return [
        Filled("cause", one["cause"], {"cause": one["cause"], "value": one["value"]})
        for _size, one in ordered[:_CAUSES]
    ]


def _alerts(period: Period) -> list[Filled]:
    """Of the period, that nobody is done with."""
    rows = [one for one in alerts(only_open=True) if period.first_day <= one.as_of <= period.last_day]
    return [
        Filled(
            "alert", str(one.id),
            {
                "kind": one.kind, "segment_key": one.segment_key, "segment_name": one.segment_name,
                "as_of": one.as_of.isoformat(), "run": one.run_number, "facts": dict(one.facts),
            },
        )
        for one in rows[:_LISTED]
    ]  # fmt: skip


def _validity(organisation: Organisation, now: datetime) -> list[Filled]:
    found = latest_validity(organisation=organisation, now=now)
    if found is None:
        return [Filled("validity", "score", {"check": None, "why": "never"})]
    if found.expiry is None:
        return []
    facts = {"check": found.check_number, "as_of": found.as_of.isoformat(), "why": found.expiry.value}
    return [Filled("validity", "score", facts)]


def _pitfalls(organisation: Organisation) -> list[Filled]:
    found = quality(organisation=organisation)
    if found is None:
        return []
    return [
        Filled(
            "pitfall", one.code,
            {
                "severity": int(one.severity), "numbers": dict(one.numbers), "names": list(one.names),
                "day": found.day.isoformat(),
            },
        )
        for one in found.open[:_LISTED]
    ]  # fmt: skip


def _findings() -> list[Filled]:
    return [
        Filled(
            "finding", str(one.id),
            {"title": one.title, "segment_key": one.segment_key, "since": one.first_day.isoformat()},
        )
        for one in findings_without_step()[:_LISTED]
    ]  # fmt: skip


def _steps(organisation: Organisation, now: datetime) -> list[Filled]:
    rows = waiting_for_read_out(today=organisation.today(now))
    return [
        Filled("step", str(one.id), {"title": one.title, "due_on": one.read_out_on.isoformat()})
        for one in rows[:_LISTED]
    ]


def _questions() -> list[Filled]:
    """Only that somebody asks, and about what: the words stay with the question."""
    rows = questions(speaker=Speaker(None), only_open=True)
    return [
        Filled(
            "question", str(one.id),
            {
                "segment_key": one.segment_key, "segment_name": one.segment_name,
                "since": (one.waiting_since or one.asked_at).date().isoformat(),
            },
        )
        for one in rows[:_LISTED]
    ]  # fmt: skip


def _with_carried(found: list[Filled], previous: Review | None) -> list[Filled]:
    """What was carried over is marked where it has come by itself, and added where it has not."""
    if previous is None:
        return found
    rows = AgendaItem.objects.filter(review=previous, fate=AgendaItem.Fate.CARRIED).order_by("position")
    carried = {(row.kind, row.reference or str(row.pk)): row for row in rows}
    day = previous.last_day.isoformat()
    marked = [_marked(one, day) if carried.pop((one.kind, one.reference), None) is not None else one for one in found]
    late = [
        _marked(Filled(row.kind, reference, row.facts, row.title), day) for (_kind, reference), row in carried.items()
    ]
    return marked + late


def _marked(one: Filled, day: str) -> Filled:
    return Filled(one.kind, one.reference, {**one.facts, "carried_from": day}, one.title)
