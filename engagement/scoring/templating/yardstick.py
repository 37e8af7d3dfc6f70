"""A template as a yardstick for a client that has weights of its own: what of it can be measured there, and why not.

Actions are matched by their keys. What a client does not count stays unknown: it is never taken for zero times.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, npgettext

from engagement.errors import InvalidInputError
from engagement.scoring.formula import NO_CAP, Weights
from engagement.scoring.matching import parse_action_rule
from engagement.scoring.runs.plan import RunPlan
from engagement.scoring.templating.content import ActionContent, Content, Rule

# Why there is no score is kept in English with what was worked out, and said otherwise where it is shown.
_OTHER_WINDOW: Final = re.compile(
    r"It looks back (\d+) days?, the template (\d+) days?: the stored counts are of another window\.", re.ASCII
)
_OTHER_HALF_LIFE: Final = gettext_noop(
    "It has another half-life than the template: the stored counts are faded otherwise."
)
_NOTHING_MEASURED: Final = gettext_noop("It measures none of the template’s actions that give points.")


class Fit(StrEnum):
    """How a client counts an action of the template."""

    SAME = "same"  # by the template's rule
    OWN_RULE = "own_rule"  # under the same key by a rule of its own: measured as the client means it
    OTHERWISE = "otherwise"  # occurrences for an amount, or an amount in another currency or unit: not measured
    MISSING = "missing"  # there is no such action in the run: not measured

    @property
    def is_measured(self) -> bool:
        return self in {Fit.SAME, Fit.OWN_RULE}


@dataclass(frozen=True, slots=True)
class FittedAction:
    """An action of the template that is worth something, and how the client counts it."""

    key: str
    name: str
    fit: Fit
    adds: bool  # its weight is above 0


def usable_content(content: Content) -> Content:
    """The part of a template that scores; raises InvalidInputError where it takes its full points from each client.

    Then 100 would mean something else at each of them, and there is nothing common about it.
    """
    if content.full_points.source != "own" or not content.full_points.thousandths:
        raise InvalidInputError(
            fields={
                "template": [
                    _(
                        "It takes full points from each client’s own data, so it is no common yardstick. "
                        "Give it full points as a number in a new version."
                    )
                ]
            }
        )
    return replace(content, sets=(), segments=(), bands=None)


def is_yardstick(content: Content) -> bool:
    """Whether the template can measure several clients alike."""
    return content.full_points.source == "own" and bool(content.full_points.thousandths)


def fitted(*, content: Content, plan: RunPlan, rules: Mapping[int, Rule]) -> tuple[FittedAction, ...]:
    """The template's actions with a weight other than 0, in its order; `rules` by number of the run's definitions."""
    definitions = {action.key: action.definition for action in plan.actions}
    return tuple(
        FittedAction(action.key, action.name, _fit(action, definitions, rules), action.weight_thousandths > 0)
        for action in content.actions
        if action.weight_thousandths
    )


def why_not(*, content: Content, plan: RunPlan, fits: Sequence[FittedAction]) -> str:
    """Why the run's counts say nothing under the template, as an English sentence to be kept; "" where they do."""
    if plan.window_days != content.window_days:
        days, own = (f"{n} day{'' if n == 1 else 's'}" for n in (content.window_days, plan.window_days))
        return f"It looks back {own}, the template {days}: the stored counts are of another window."
    if plan.half_life_days != content.half_life_days:
        return _OTHER_HALF_LIFE
    if not any(action.adds and action.fit.is_measured for action in fits):
        return _NOTHING_MEASURED
    return ""


def said_of(reason: str) -> str:
    """A kept reason in the language that is on; "" for none."""
    found = _OTHER_WINDOW.fullmatch(reason)
    if found is None:
        return _(reason) if reason else ""
    own, days = (npgettext("looks back", "{n} day", "{n} days", int(n)).format(n=n) for n in found.groups())
    text = _("It looks back {own}, the template {days}: the stored counts are of another window.")
    return text.format(own=own, days=days)


def weights_on(*, content: Content, plan: RunPlan, fits: Sequence[FittedAction]) -> tuple[Weights, list[int]]:
    """The template's numbers for what is measured, and the place of each in the run's counts."""
    places = {action.key: place for place, action in enumerate(plan.actions)}
    measured = {action.key for action in fits if action.fit.is_measured}
    chosen = [action for action in content.actions if action.key in measured]
    weights = Weights(
        weight_thousandths=np.array([action.weight_thousandths for action in chosen], dtype=np.int64),
        caps=np.array([action.cap or NO_CAP for action in chosen], dtype=np.int64),
        full_points_thousandths=int(content.full_points.thousandths or 0),
        window_days=content.window_days,
        half_life_days=content.half_life_days,
    )
    return weights, [places[action.key] for action in chosen]


def _fit(action: ActionContent, definitions: Mapping[str, int], rules: Mapping[int, Rule]) -> Fit:
    definition = definitions.get(action.key)
    if definition is None:
        return Fit.MISSING
    own, wanted = (_plain(rule) for rule in (rules.get(definition, {}), action.rule))
    if own == wanted:
        return Fit.SAME
    is_amount = "sum" in {own.get("measure"), wanted.get("measure")}
    units = ("measure", "value_scale", "currency")
    if is_amount and any(own.get(name) != wanted.get(name) for name in units):
        return Fit.OTHERWISE
    return Fit.OWN_RULE


def _plain(rule: Rule) -> dict[str, Any]:
    """A rule with everything said that it may leave out."""
    return parse_action_rule(dict(rule)).to_json() if rule else {}
