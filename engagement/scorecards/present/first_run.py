"""What stands on a scorecard before the first score: the steps to it, each with its real state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.urls import reverse

from engagement.insights.terms import Terms
from engagement.insights.types import FirstSteps
from engagement.look.charts import ScaleChart
from engagement.look.components import Fact, Step
from engagement.look.numbers import count_text
from tenants.models import Organisation

_SOME = 1_000  # first_steps counts events no further


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRunPage:
    """Everything on the page."""

    progress: str
    finding: str
    standfirst: str
    steps: tuple[Step, ...]
    can_score: bool
    is_waiting: bool
    chart: ScaleChart
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    title: str
    text: str
    done: bool
    takes: str
    page: str
    permission: str


def first_run_page(
    *, organisation: Organisation, steps: FirstSteps, may: Mapping[str, bool], terms: Terms
) -> FirstRunPage:
    """The page of a new client; links only to what the reader may do."""
    parts = _parts(organisation, steps, terms)
    ready = steps.events > 0 and steps.customers > 0 and steps.weight_set_published
    waiting = steps.runs_waiting > 0
    done = sum(part.done for part in parts)
    return FirstRunPage(
        progress=f"{done} of {len(parts)} done",
        finding=_finding(steps, ready=ready, waiting=waiting),
        standfirst=_standfirst(ready=ready, waiting=waiting),
        steps=_steps(parts, slug=organisation.slug, may=may),
        can_score=ready and not waiting and may.get("run_scores", False),
        is_waiting=waiting,
        chart=ScaleChart(bands=terms.bands, locale=terms.locale),
        facts=_facts(steps, terms),
    )


def _finding(steps: FirstSteps, *, ready: bool, waiting: bool) -> str:
    if waiting:
        return "The first score is on its way"
    if ready:
        return "Everything is ready: the first score can be calculated"
    if steps.events == 0:
        return "No score yet: send the first events and it appears here"
    if steps.customers == 0:
        return "No score yet: nobody in the events is identified"
    return "No score yet: events are here, the weights are not published"


def _standfirst(*, ready: bool, waiting: bool) -> str:
    if waiting:
        return "A scoring waits for a worker or is running. Open this page again in a minute."
    if ready:
        return "Scoring takes seconds to minutes and can be repeated at any time."
    return "About 20 minutes to a first score. Leave whenever you like; everything you enter is kept."


def _events_text(steps: FirstSteps, terms: Terms) -> str:
    if not steps.events:
        return "Point the client library that is used already at this address, or upload a file."
    more = "More than " if steps.events >= _SOME else ""
    events, customers = (count_text(count, locale=terms.locale) for count in (steps.events, steps.customers))
    return f"{more}{events} events and {customers} customers have arrived."


def _parts(organisation: Organisation, steps: FirstSteps, terms: Terms) -> tuple[_Part, ...]:
    wanted = "What one action is worth, and the points at which a customer is fully engaged."
    draft = " A draft waits to be published." if steps.draft else ""
    weights = "A weight set is published." if steps.weight_set_published else f"{wanted}{draft}"
    segments = (
        f"{count_text(steps.segments, locale=terms.locale)} segments are defined."
        if steps.segments
        else "Groups of customers to compare, such as age or plan. Can follow later."
    )
    actions = (
        f"{count_text(steps.actions, locale=terms.locale)} actions are defined; check that they match your events."
    )
    return (
        _Part(
            "Name and time zone",
            f"{organisation.name}, {organisation.time_zone}, {organisation.currency}",
            True,
            "",
            "settings",
            "edit_organisation",
        ),
        _Part(
            "Bring in events", _events_text(steps, terms), steps.events > 0, "about 10 min", "imports", "import_data"
        ),
        _Part(
            "Say which events count",
            actions if steps.actions else "For example “Order Completed” is a purchase.",
            steps.actions > 0 and steps.events > 0,
            "3 min",
            "actions",
            "edit_actions",
        ),
        _Part("Weights and full points", weights, steps.weight_set_published, "4 min", "weights", "edit_weights"),
        _Part("Segments", segments, steps.segments > 0, "3 min", "segments", "edit_segments"),
    )


def _steps(parts: tuple[_Part, ...], *, slug: str, may: Mapping[str, bool]) -> tuple[Step, ...]:
    """The first part that is not done is what comes now; the rest comes later."""
    now = next((part for part in parts if not part.done), None)
    return tuple(
        Step(
            title=part.title,
            text=part.text,
            state=_state(part, now),
            end="Change" if part.done else part.takes,
            url=reverse(part.page, args=[slug]) if may.get(part.permission) else "",
        )
        for part in parts
    )


def _state(part: _Part, now: _Part | None) -> Literal["done", "now", "later"]:
    if part.done:
        return "done"
    return "now" if part is now else "later"


def _facts(steps: FirstSteps, terms: Terms) -> tuple[Fact, ...]:
    reason = "no score: nothing has been scored" if steps.events else "no score: no events yet"
    return (
        Fact(name="Score", value=reason),
        Fact(name="Customers", value=count_text(steps.customers, locale=terms.locale)),
        Fact(name="Numbers show from", value=f"{terms.minimum_n} customers"),
        Fact(name="Bands show from", value=f"{terms.minimum_n_band} customers"),
    )
