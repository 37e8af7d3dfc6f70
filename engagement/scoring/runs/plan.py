"""Everything a run uses, fixed before it begins and recorded with it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np
from django.utils.translation import gettext as _

from engagement.errors import ConflictError
from engagement.scoring import queries
from engagement.scoring.formula import NO_CAP, Bands, Weights
from engagement.scoring.models import (
    Channel,
    ScoreRun,
    WeightSet,
)
from engagement.scoring.rules import ActivityCondition, Condition, Rule, stored_rule
from engagement.scoring.runs.overrides import PlannedOverride, planned_overrides
from tenants.models import Organisation
from tenants.remembering import remembered

CODE_VERSION = "1"  # raised when the same inputs would give other numbers
_CHANNELS: Final = {channel: at for at, channel in enumerate(Channel.values)}


@dataclass(frozen=True, slots=True)
class PlannedAction:
    key: str
    name: str
    channel: str
    definition: int
    measure: str  # "count" or "sum"
    weight_thousandths: int
    cap: int | None


@dataclass(frozen=True, slots=True)
class PlannedSegment:
    id: str
    key: str
    name: str
    definition: int
    rule: Mapping[str, Any]


@dataclass(frozen=True)  # without slots: what is derived is kept
class RunPlan:
    """A run's inputs, apart from the activity and the customers themselves."""

    organisation_id: int
    as_of: date
    window_days: int
    window_from: datetime
    window_to: datetime
    half_life_days: int | None
    weight_set_id: str
    weight_set_number: int
    full_points_thousandths: int
    good_thousandths: int
    excellent_thousandths: int
    actions: tuple[PlannedAction, ...]
    segments: tuple[PlannedSegment, ...]
    exclusion_definition: int | None
    exclusion_rule: Mapping[str, Any] | None
    overrides: tuple[PlannedOverride, ...] = ()
    keeps_conditions: bool = True

    @property
    def first_day(self) -> date:
        return self.as_of - timedelta(days=self.window_days - 1)

    @property
    def obstacle(self) -> str:
        """Why nothing can be scored with the plan, in a sentence; "" where it can.

        Everybody needs an action that gives points, and who has weights of his own has to be known before any points.
        """
        if not any(action.weight_thousandths > 0 for action in self.actions):
            return _("No action with a weight above 0 has been counted yet.")
        named = {segment.id: segment for segment in self.segments}
        for override in self.overrides:
            segment = named[override.segment_id]
            if not any(weight > 0 for weight in override.weight_thousandths):
                text = _("No action with a weight above 0 for “{segment}” has been counted yet.")
                return text.format(segment=segment.name)
            if stored_rule(segment.rule).activities():
                return _(
                    "“{segment}” has weights of its own, so its rule must not look at activity: "
                    "points cannot decide with which weights they are counted."
                ).format(segment=segment.name)
        return ""

    @property
    def variant_weights(self) -> tuple[Weights, ...]:
        """The set's own weights, then those of each override: the variants of formula.variants."""
        return (self.weights, *(self.weights_of(override) for override in self.overrides))

    @cached_property
    def weights(self) -> Weights:
        return Weights(
            weight_thousandths=np.array([action.weight_thousandths for action in self.actions], dtype=np.int64),
            caps=np.array([action.cap or NO_CAP for action in self.actions], dtype=np.int64),
            full_points_thousandths=self.full_points_thousandths,
            window_days=self.window_days,
            half_life_days=self.half_life_days,
        )

    def weights_of(self, override: PlannedOverride | None) -> Weights:
        """What an override's customers are scored with: window and half-life are the set's."""
        if override is None:
            return self.weights
        return Weights(
            weight_thousandths=np.array(override.weight_thousandths, dtype=np.int64),
            caps=np.array([cap or NO_CAP for cap in override.caps], dtype=np.int64),
            full_points_thousandths=override.full_points_thousandths,
            window_days=self.window_days,
            half_life_days=self.half_life_days,
        )

    def actions_of(self, override: PlannedOverride | None) -> tuple[PlannedAction, ...]:
        """The actions with the weights and caps that an override's customers are scored with."""
        if override is None:
            return self.actions
        lines = zip(self.actions, override.weight_thousandths, override.caps, strict=True)
        return tuple(replace(action, weight_thousandths=weight, cap=cap) for action, weight, cap in lines)

    def override_for(self, segment_ids: Collection[str]) -> PlannedOverride | None:
        """The override of somebody who belongs to these segments, None for the set's own numbers.

        The segments of a partition exclude each other; should two find one customer after all, the first counts.
        """
        return next((override for override in self.overrides if override.segment_id in segment_ids), None)

    @property
    def bands(self) -> Bands:
        return Bands(good_thousandths=self.good_thousandths, excellent_thousandths=self.excellent_thousandths)

    @cached_property
    def sums_values(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each action counts values instead of occurrences."""
        return np.array([action.measure == "sum" for action in self.actions], dtype=np.bool_)

    def columns_of(self, definitions: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The column of each definition's action in the counts; −1 for definitions that this plan does not use."""
        numbers = [action.definition for action in self.actions]
        last = max([*numbers, int(definitions.max(initial=0))])
        columns = np.full(last + 1, -1, dtype=np.int64)
        columns[numbers] = np.arange(len(numbers))
        found: np.ndarray[Any, np.dtype[np.int64]] = columns[definitions]
        return found

    @cached_property
    def channel_of_action(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.array([_CHANNELS[action.channel] for action in self.actions], dtype=np.int64)

    def rules(self) -> tuple[Rule, ...]:
        """The segments' rules, in order."""
        return self._parsed[0]

    def kept_conditions(self) -> tuple[Condition, ...]:
        """What segments' rules over activity ask of traits and lists besides, each once.

        For whom each holds is kept with the run (`keeps_conditions`; runs of before did not), so that such a rule can
        be looked at again under other weights without asking for traits, which may have changed.
        """
        by_activity = (rule for rule in self.rules() if rule.activities())
        asked = (part for rule in by_activity for part in rule.conditions() if not isinstance(part, ActivityCondition))
        return tuple(dict.fromkeys(asked))

    def exclusion(self) -> Rule | None:
        return self._parsed[1]

    @cached_property
    def _parsed(self) -> tuple[tuple[Rule, ...], Rule | None]:
        exclusion = None if self.exclusion_rule is None else stored_rule(self.exclusion_rule)
        return tuple(stored_rule(segment.rule) for segment in self.segments), exclusion

    def all_rules(self) -> tuple[Rule, ...]:
        """Every rule the plan looks at customers with."""
        exclusion = self.exclusion()
        return self.rules() if exclusion is None else (*self.rules(), exclusion)

    def to_json(self) -> dict[str, Any]:
        """What is kept in ScoreRun.uses: enough to read, check and repeat the run."""
        return {
            "code_version": CODE_VERSION,
            "window_days": self.window_days,
            "half_life_days": self.half_life_days,
            "weight_set": self.weight_set_number,
            "full_points_thousandths": self.full_points_thousandths,
            "bands": [self.good_thousandths, self.excellent_thousandths],
            "actions": [
                {
                    "key": action.key,
                    "name": action.name,
                    "channel": action.channel,
                    "definition": action.definition,
                    "measure": action.measure,
                    "weight_thousandths": action.weight_thousandths,
                    "cap": action.cap,
                }
                for action in self.actions
            ],
            "segments": [
                {"id": part.id, "key": part.key, "name": part.name, "definition": part.definition, "rule": part.rule}
                for part in self.segments
            ],
            "exclusion": {"definition": self.exclusion_definition, "rule": self.exclusion_rule},
            "keeps_conditions": self.keeps_conditions,
            "overrides": [override.to_json() for override in self.overrides],
        }


def window_instants(organisation: Organisation, *, as_of: date, window_days: int) -> tuple[datetime, datetime]:
    """[from, to): local midnight of the first day to local midnight after as_of, as instants."""
    zone = organisation.zone
    first = as_of - timedelta(days=window_days - 1)
    return (
        datetime.combine(first, time.min, tzinfo=zone),
        datetime.combine(as_of + timedelta(days=1), time.min, tzinfo=zone),
    )


def published_set() -> WeightSet:
    """The weight set in force; raises ConflictError when none has been published."""
    found = WeightSet.objects.filter(state=WeightSet.State.PUBLISHED).first()
    if found is None:
        raise ConflictError(_("No weights have been published yet: publish a weight set first."))
    return found


def make_plan(*, organisation: Organisation, as_of: date, weight_set: WeightSet) -> RunPlan:
    """The plan of a run over the configuration in force; raises ConflictError when nothing can be scored."""
    plan = plan_with(organisation=organisation, as_of=as_of, weight_set=weight_set)
    if plan.obstacle:
        raise ConflictError(plan.obstacle)
    return plan


def plan_with(*, organisation: Organisation, as_of: date, weight_set: WeightSet) -> RunPlan:
    """The plan with a weight set, whether anybody would get a point or not."""
    window_from, window_to = window_instants(organisation, as_of=as_of, window_days=weight_set.window_days)
    ((of_actions, of_segments, of_exclusion, has_overrides),) = remembered(
        f"scoring.plan_inputs:{organisation.id}:{weight_set.id}",
        lambda: queries.fetch("plan_inputs", organisation_id=organisation.id, weight_set_id=weight_set.id),
    )
    actions = tuple(PlannedAction(**action) for action in json.loads(of_actions))
    segments = tuple(PlannedSegment(**segment) for segment in json.loads(of_segments))
    exclusion = json.loads(of_exclusion) if of_exclusion else {"definition": None, "rule": None}
    return RunPlan(
        organisation_id=organisation.id,
        as_of=as_of,
        window_days=weight_set.window_days,
        window_from=window_from,
        window_to=window_to,
        half_life_days=weight_set.half_life_days,
        weight_set_id=str(weight_set.id),
        weight_set_number=weight_set.number,
        full_points_thousandths=int(weight_set.full_points_thousandths or 0),
        good_thousandths=organisation.band_good_thousandths,
        excellent_thousandths=organisation.band_excellent_thousandths,
        actions=actions,
        segments=segments,
        exclusion_definition=exclusion["definition"],
        exclusion_rule=exclusion["rule"],
        overrides=planned_overrides(
            weight_set=weight_set,
            action_keys=[action.key for action in actions],
            segment_ids=[segment.id for segment in segments],
        )
        if has_overrides
        else (),
    )


def plan_of(run: ScoreRun) -> RunPlan:
    """The plan a stored run was made with."""
    uses = run.uses
    return RunPlan(
        organisation_id=run.organisation_id,
        as_of=run.as_of,
        window_days=uses["window_days"],
        window_from=run.window_from,
        window_to=run.window_to,
        half_life_days=uses["half_life_days"],
        weight_set_id=str(run.weight_set_id),
        weight_set_number=uses["weight_set"],
        full_points_thousandths=uses["full_points_thousandths"],
        good_thousandths=uses["bands"][0],
        excellent_thousandths=uses["bands"][1],
        actions=tuple(PlannedAction(**action) for action in uses["actions"]),
        segments=tuple(PlannedSegment(**segment) for segment in uses["segments"]),
        exclusion_definition=uses["exclusion"]["definition"],
        exclusion_rule=uses["exclusion"]["rule"],
        # Runs of before there were any say nothing about them.
        keeps_conditions=uses.get("keeps_conditions", False),
        overrides=tuple(PlannedOverride.from_json(override) for override in uses.get("overrides", ())),
    )
