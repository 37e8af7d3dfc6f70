"""What stands on a scorecard before the first score: the steps to it, each with its real state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.terms import Terms
from engagement.insights.types import FirstSteps
from engagement.look.charts import ScaleChart
from engagement.look.components import Fact, Step
from engagement.look.numbers import count_text
from engagement.scorecards.present.steps import STAGES, is_ready, minutes_to_score, step_lines
from tenants.models import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRunPage:
    """Everything on the page."""

    progress: str
    finding: str
    standfirst: str
    steps: tuple[Step, ...]
    is_waiting: bool
    has_score: bool
    chart: ScaleChart
    facts: tuple[Fact, ...]


def first_run_page(
    *, organisation: Organisation, steps: FirstSteps, may: Mapping[str, bool], terms: Terms
) -> FirstRunPage:
    """The page of a new client; links only to what the reader may do."""
    ready, waiting = is_ready(steps), steps.runs_waiting > 0
    done = sum(stage.is_done(steps) for stage in STAGES)
    return FirstRunPage(
        progress=_("{n} of {all} done").format(n=done, all=len(STAGES)),
        finding=_finding(steps, ready=ready, waiting=waiting),
        standfirst=_standfirst(steps, ready=ready, waiting=waiting),
        steps=step_lines(steps=steps, slug=organisation.slug, may=may, terms=terms),
        is_waiting=waiting,
        has_score=steps.scored,
        chart=ScaleChart(bands=terms.bands, locale=terms.locale),
        facts=_facts(organisation, steps, terms, may),
    )


def _finding(steps: FirstSteps, *, ready: bool, waiting: bool) -> str:
    if steps.scored:
        next_one = _("The first score stands: a target is next")
        return _("The first score stands, and a target") if steps.targets else next_one
    if waiting:
        return _("The first score is on its way")
    if ready:
        return _("Everything is ready: the first score can be calculated")
    if steps.events == 0:
        return _("No score yet: send the first events and it appears here")
    if steps.customers == 0:
        return _("No score yet: nobody in the events is identified")
    return _("No score yet: events are here, the weights are not published")


def _standfirst(steps: FirstSteps, *, ready: bool, waiting: bool) -> str:
    if steps.scored:
        return _("Each step can be looked at and changed again at any time.")
    if waiting:
        return _("A scoring waits for a worker or is running. Meanwhile you can go on with the other steps.")
    if ready:
        return _("Scoring takes seconds to minutes and can be repeated at any time.")
    minutes = minutes_to_score(steps)
    said = ngettext(
        "About {n} minute to a first score. Leave whenever you like; everything you enter is kept.",
        "About {n} minutes to a first score. Leave whenever you like; everything you enter is kept.",
        minutes,
    )
    return said.format(n=minutes)


def _facts(organisation: Organisation, steps: FirstSteps, terms: Terms, may: Mapping[str, bool]) -> tuple[Fact, ...]:
    reason = _("no score: nothing has been scored") if steps.events else _("no score: no events yet")
    settings = reverse("settings", args=[organisation.slug]) if may.get("edit_organisation") else ""
    return (
        Fact(name=_("Score"), value=_("on the scorecard") if steps.scored else reason),
        Fact(name=_("Customers"), value=count_text(steps.customers, locale=terms.locale)),
        Fact(name=_("Days and money"), value=f"{organisation.time_zone}, {organisation.currency}", url=settings),
        Fact(name=_("Numbers show from"), value=_customers(terms.minimum_n)),
        Fact(name=_("Bands show from"), value=_customers(terms.minimum_n_band)),
    )


def _customers(n: int) -> str:
    return ngettext("{n} customers", "{n} customers", n).format(n=n)
