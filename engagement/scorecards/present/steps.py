"""The steps to a first score and target: each with its page, what it is for, what is done and what is missing.

Where somebody is follows from what there is: nothing is kept about it, so it can be left and gone on with anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from engagement.insights.terms import Terms
from engagement.insights.types import FirstSteps
from engagement.look.components import Step
from engagement.look.numbers import count_text
from tenants.permissions import Permission

_LONG: Final = 10  # minutes: from here on nobody knows better than "about"
SOME: Final = 1_000  # first_steps counts events no further


@dataclass(frozen=True, slots=True)
class Stage:
    """One step as it always is; `may_wait`: the first score can do without it. `name` and what follows: in English."""

    key: str
    name: str
    purpose: str
    minutes: int
    permission: Permission
    is_done: Callable[[FirstSteps], bool]
    may_wait: bool = False

    @property
    def title(self) -> str:
        return _(self.name)

    @property
    def why(self) -> str:
        return _(self.purpose)

    @property
    def takes(self) -> str:
        """How long it takes."""
        if self.minutes == _LONG:
            return _("about {n} min").format(n=self.minutes)
        return _("{n} min").format(n=self.minutes)

    def url(self, slug: str) -> str:
        return reverse(f"start-{self.key}", args=[slug])


STAGES: Final = (
    Stage(
        "events", gettext_noop("Bring in events"),
        gettext_noop("Everything rests on what customers did and when. A file is enough to begin with."),
        _LONG, Permission.IMPORT_DATA, lambda steps: steps.events > 0 and steps.customers > 0,
    ),
    Stage(
        "actions", gettext_noop("Say which events count"),
        gettext_noop(
            "An action is a kind of event that counts, such as a purchase. Events that are no action are kept and "
            "change no score."
        ),
        3, Permission.EDIT_ACTIONS, lambda steps: steps.counted,
    ),
    Stage(
        "weights", gettext_noop("Weights"),
        gettext_noop(
            "A weight is what one occurrence of an action is worth. Begin with those of an industry and change what is "
            "different here."
        ),
        2, Permission.EDIT_WEIGHTS,
        lambda steps: steps.weights_chosen or steps.weight_set_published,
    ),
    Stage(
        "full-points", gettext_noop("Full points"),
        gettext_noop(
            "A customer with full points scores 100. They decide the level of every score and never change by "
            "themselves."
        ),
        2, Permission.EDIT_WEIGHTS, lambda steps: steps.weight_set_published,
    ),
    Stage(
        "segments", gettext_noop("Segments"),
        gettext_noop("Groups of customers to compare, such as age or plan. They can also follow later."),
        2, Permission.EDIT_SEGMENTS, lambda steps: steps.segments > 0, may_wait=True,
    ),
    Stage(
        "score", gettext_noop("First score"),
        gettext_noop("A worker scores every customer as of one day. It can be repeated at any time."),
        1, Permission.RUN_SCORES, lambda steps: steps.scored,
    ),
    Stage(
        "target", gettext_noop("First target"),
        gettext_noop("A target says which score is to be reached by which day, and who minds it."),
        1, Permission.EDIT_TARGETS, lambda steps: steps.targets > 0, may_wait=True,
    ),
)  # fmt: skip
BY_KEY: Final[Mapping[str, Stage]] = {stage.key: stage for stage in STAGES}


def minutes_to_score(steps: FirstSteps) -> int:
    """How long what is missing takes until the first score stands."""
    upto = STAGES[: number_of("score")]
    return sum(stage.minutes for stage in upto if not stage.is_done(steps))


def number_of(key: str) -> int:
    """The place of a step, from 1."""
    return [stage.key for stage in STAGES].index(key) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A link to another step, or away from the last one."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """What stands round the page of one step. `onward` is None where what is missing comes first."""

    number: int
    of: int
    title: str
    why: str
    is_done: bool
    may_wait: bool
    state: str
    back: Way
    onward: Way | None
    steps: tuple[Step, ...]


def is_ready(steps: FirstSteps) -> bool:
    """Whether a scoring would give a score."""
    return steps.events > 0 and steps.customers > 0 and steps.weight_set_published


def now_at(steps: FirstSteps) -> Stage | None:
    """What comes now; None once all is done.

    Segments come before the first score unless that only has to be asked for, and are passed over once it stands.
    """
    if is_ready(steps) and not steps.scored and not steps.runs_waiting:
        return BY_KEY["score"]
    missing = [stage for stage in STAGES if not stage.is_done(steps)]
    if steps.scored:
        missing = [stage for stage in missing if number_of(stage.key) > number_of("score")]
    return next(iter(missing), None)


def lead_of(*, key: str, slug: str, steps: FirstSteps, may: Mapping[str, bool], terms: Terms) -> Lead:
    """Where somebody is on the page of a step, and how it goes on."""
    stage, place = BY_KEY[key], number_of(key)
    is_done = stage.is_done(steps)
    return Lead(
        number=place,
        of=len(STAGES),
        title=stage.title,
        why=stage.why,
        is_done=is_done,
        may_wait=stage.may_wait,
        state=state_text(stage, steps, terms),
        back=_way_back(place, slug),
        onward=_way_onward(place, slug) if is_done or stage.may_wait else None,
        steps=step_lines(steps=steps, slug=slug, may=may, terms=terms, here=key),
    )


def _way_back(place: int, slug: str) -> Way:
    if place == 1:
        return Way(label=_("All steps"), url=reverse("start", args=[slug]))
    before = STAGES[place - 2]
    return Way(label=before.title, url=before.url(slug))


def _way_onward(place: int, slug: str) -> Way:
    if place == len(STAGES):
        return Way(label=_("Scorecard"), url=reverse("scorecard", args=[slug]))
    following = STAGES[place]
    return Way(label=following.title, url=following.url(slug))


def step_lines(
    *, steps: FirstSteps, slug: str, may: Mapping[str, bool], terms: Terms, here: str = ""
) -> tuple[Step, ...]:
    """All steps with their real state; links only to what the reader may do, and none to the page they are on."""
    current = BY_KEY.get(here) or now_at(steps)
    return tuple(
        Step(
            title=stage.title,
            text=state_text(stage, steps, terms),
            state=_state(stage, steps, current),
            end=_end(stage, steps),
            url=stage.url(slug) if may.get(stage.permission) and stage.key != here else "",
        )
        for stage in STAGES
    )


def _state(stage: Stage, steps: FirstSteps, current: Stage | None) -> Literal["done", "now", "later"]:
    if stage.is_done(steps):
        return "done"
    return "now" if stage is current else "later"


def _end(stage: Stage, steps: FirstSteps) -> str:
    if stage.is_done(steps):
        return _("Look again")
    return _("{time}, optional").format(time=stage.takes) if stage.may_wait else stage.takes


# ── what is done, what is missing ────────────────────────────────────────────────────────────────────────────


def state_text(stage: Stage, steps: FirstSteps, terms: Terms) -> str:
    """One sentence: what there is, or what is missing."""
    return _SAID[stage.key](steps, terms)


def _events(steps: FirstSteps, terms: Terms) -> str:
    if not steps.events:
        return _("No event has come in. Upload a file, or connect the client library that is used already.")
    if steps.events >= SOME:
        events = ngettext("More than {n} events", "More than {n} events", steps.events)
    else:
        events = ngettext("{n} events", "{n} events", steps.events)
    events = events.format(n=count_text(steps.events, locale=terms.locale))
    customers = ngettext("{n} customers", "{n} customers", steps.customers)
    customers = customers.format(n=count_text(steps.customers, locale=terms.locale))
    if steps.customers:
        said = _("{events} and {customers} have arrived.")
    else:
        said = _("{events} and {customers} have arrived. Without a customer’s id an event counts for nobody.")
    return said.format(events=events, customers=customers)


def _actions(steps: FirstSteps, terms: Terms) -> str:
    if not steps.events:
        return _("Once events are here, their names are listed with a guess at what each is.")
    if steps.counted:
        said = ngettext(
            "{n} action is defined, and events count as it. Look again whether other kinds of events should count.",
            "{n} actions are defined, and events count as them. Look again whether other kinds of events should count.",
            steps.actions,
        )
        return said.format(n=count_text(steps.actions, locale=terms.locale))
    return _("None of the events counts as an action yet.")


def _weights(steps: FirstSteps, terms: Terms) -> str:
    if steps.weight_set_published:
        return _("A weight set is published.")
    if steps.proposed:
        return _("A weight set waits for a second person’s approval.")
    if steps.weights_chosen:
        return _("Weights are chosen and wait to be published.")
    return _("The draft has the usual numbers; nobody has looked at them.")


def _full_points(steps: FirstSteps, terms: Terms) -> str:
    if steps.weight_set_published:
        return _("Full points are decided and published.")
    if steps.proposed:
        return _("They wait for a second person’s approval.")
    if steps.full_points:
        return _("Full points are chosen; publishing the weights is missing.")
    return _("Not decided yet.")


def _segments(steps: FirstSteps, terms: Terms) -> str:
    if not steps.segments:
        return _("No segments besides all customers.")
    said = ngettext("{n} segment defined.", "{n} segments defined.", steps.segments)
    return said.format(n=count_text(steps.segments, locale=terms.locale))


def _score(steps: FirstSteps, terms: Terms) -> str:
    if steps.runs_waiting:
        return _("A scoring waits for a worker or is running.")
    if steps.scored:
        return _("The first score stands.")
    return _("Everything it needs is here.") if is_ready(steps) else _("It needs events, and published weights.")


def _target(steps: FirstSteps, terms: Terms) -> str:
    if steps.targets:
        return _("A target is in force.")
    return _("None is set.") if steps.scored else _("It is suggested from the first score.")


_SAID: Final[Mapping[str, Callable[[FirstSteps, Terms], str]]] = {
    "events": _events,
    "actions": _actions,
    "weights": _weights,
    "full-points": _full_points,
    "segments": _segments,
    "score": _score,
    "target": _target,
}
