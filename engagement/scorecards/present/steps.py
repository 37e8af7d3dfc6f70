"""The steps to a first score and target: each with its page, what it is for, what is done and what is missing.

Where somebody is follows from what there is: nothing is kept about it, so it can be left and gone on with anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from django.urls import reverse

from engagement.insights.terms import Terms
from engagement.insights.types import FirstSteps
from engagement.look.components import Step
from engagement.look.numbers import count_text
from tenants.permissions import Permission

SOME: Final = 1_000  # first_steps counts events no further


@dataclass(frozen=True, slots=True)
class Stage:
    """One step as it always is; `may_wait`: the first score can do without it."""

    key: str
    title: str
    why: str
    takes: str
    permission: Permission
    is_done: Callable[[FirstSteps], bool]
    may_wait: bool = False

    def url(self, slug: str) -> str:
        return reverse(f"start-{self.key}", args=[slug])


STAGES: Final = (
    Stage(
        "events", "Bring in events",
        "Everything rests on what customers did and when. A file is enough to begin with.",
        "about 10 min", Permission.IMPORT_DATA, lambda steps: steps.events > 0 and steps.customers > 0,
    ),
    Stage(
        "actions", "Say which events count",
        "An action is a kind of event that counts, such as a purchase. Events that are no action are kept and change "
        "no score.",
        "3 min", Permission.EDIT_ACTIONS, lambda steps: steps.counted,
    ),
    Stage(
        "weights", "Weights",
        "A weight is what one occurrence of an action is worth. Begin with those of an industry and change what is "
        "different here.",
        "2 min", Permission.EDIT_WEIGHTS, lambda steps: steps.weights_chosen or steps.weight_set_published,
    ),
    Stage(
        "full-points", "Full points",
        "A customer with full points scores 100. They decide the level of every score and never change by themselves.",
        "2 min", Permission.EDIT_WEIGHTS, lambda steps: steps.weight_set_published,
    ),
    Stage(
        "segments", "Segments",
        "Groups of customers to compare, such as age or plan. They can also follow later.",
        "2 min", Permission.EDIT_SEGMENTS, lambda steps: steps.segments > 0, may_wait=True,
    ),
    Stage(
        "score", "First score",
        "A worker scores every customer as of one day. It can be repeated at any time.",
        "a minute", Permission.RUN_SCORES, lambda steps: steps.scored,
    ),
    Stage(
        "target", "First target",
        "A target says which score is to be reached by which day, and who minds it.",
        "1 min", Permission.EDIT_TARGETS, lambda steps: steps.targets > 0, may_wait=True,
    ),
)  # fmt: skip
BY_KEY: Final[Mapping[str, Stage]] = {stage.key: stage for stage in STAGES}


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
        return Way(label="All steps", url=reverse("start", args=[slug]))
    before = STAGES[place - 2]
    return Way(label=before.title, url=before.url(slug))


def _way_onward(place: int, slug: str) -> Way:
    if place == len(STAGES):
        return Way(label="Scorecard", url=reverse("scorecard", args=[slug]))
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
        return "Look again"
    return f"{stage.takes}, optional" if stage.may_wait else stage.takes


# ── what is done, what is missing ────────────────────────────────────────────────────────────────────────────


def state_text(stage: Stage, steps: FirstSteps, terms: Terms) -> str:
    """One sentence: what there is, or what is missing."""
    return _SAID[stage.key](steps, terms)


def _events(steps: FirstSteps, terms: Terms) -> str:
    if not steps.events:
        return "No event has come in. Upload a file, or connect the client library that is used already."
    more = "More than " if steps.events >= SOME else ""
    events, customers = (count_text(count, locale=terms.locale) for count in (steps.events, steps.customers))
    text = f"{more}{events} events and {customers} customers have arrived."
    return text if steps.customers else f"{text} Without a customer’s id an event counts for nobody."


def _actions(steps: FirstSteps, terms: Terms) -> str:
    if not steps.events:
        return "Once events are here, their names are listed with a guess at what each is."
    if steps.counted:
        return f"{count_text(steps.actions, locale=terms.locale)} actions are defined, and events count as them."
    return "None of the events counts as an action yet."


def _weights(steps: FirstSteps, terms: Terms) -> str:
    if steps.weight_set_published:
        return "A weight set is published."
    if steps.proposed:
        return "A weight set waits for a second person’s approval."
    if steps.weights_chosen:
        return "Weights are chosen and wait to be published."
    return "The draft has the usual numbers; nobody has looked at them."


def _full_points(steps: FirstSteps, terms: Terms) -> str:
    if steps.weight_set_published:
        return "Full points are decided and published."
    if steps.proposed:
        return "They wait for a second person’s approval."
    if steps.full_points:
        return "Full points are chosen; publishing the weights is missing."
    return "Not decided yet."


def _segments(steps: FirstSteps, terms: Terms) -> str:
    if not steps.segments:
        return "No segments besides all customers."
    plural = "" if steps.segments == 1 else "s"
    return f"{count_text(steps.segments, locale=terms.locale)} segment{plural} defined."


def _score(steps: FirstSteps, terms: Terms) -> str:
    if steps.runs_waiting:
        return "A scoring waits for a worker or is running."
    if steps.scored:
        return "The first score stands."
    return "Everything it needs is here." if is_ready(steps) else "It needs events, and published weights."


def _target(steps: FirstSteps, terms: Terms) -> str:
    if steps.targets:
        return "A target is in force."
    return "None is set." if steps.scored else "It is suggested from the first score."


_SAID: Final[Mapping[str, Callable[[FirstSteps, Terms], str]]] = {
    "events": _events,
    "actions": _actions,
    "weights": _weights,
    "full-points": _full_points,
    "segments": _segments,
    "score": _score,
    "target": _target,
}
