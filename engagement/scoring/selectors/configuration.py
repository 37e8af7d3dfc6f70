"""A client's whole configuration as one content, to keep it as a template or to compare it with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engagement.scoring.matching import parse_action_rule
from engagement.scoring.models import (
    Action,
    ActionDefinition,
    Channel,
    Segment,
    SegmentDefinition,
    SegmentSet,
    Weight,
    WeightSet,
)
from engagement.scoring.rules import parse_rule
from engagement.scoring.services.defaults import ALL_KEY, DEFAULT_WINDOW_DAYS, default_weight_thousandths
from engagement.scoring.templating.content import (
    ActionContent,
    BandContent,
    Content,
    FullPoints,
    SegmentContent,
    SetContent,
)
from tenants.models import Organisation
from tenants.selectors import kept_band_names

_PUBLISHED: Final = WeightSet.State.PUBLISHED
_DRAFT: Final = WeightSet.State.DRAFT


def configuration(*, organisation: Organisation, with_draft: bool) -> Content:
    """What the organisation has now: actions and segments in use under their newest rules, weights, bands.

    Weights are those of the draft where there is one and `with_draft` asks for it, else of the set in force, else of
    the draft, else the defaults. An action that the set does not know is worth 0. Sets without a segment, and the
    segment of all customers, are left out.
    """
    row = _weight_set(organisation, with_draft=with_draft)
    segments = _segments(organisation)
    return Content(
        actions=_actions(organisation, row),
        window_days=row.window_days if row else DEFAULT_WINDOW_DAYS,
        half_life_days=row.half_life_days if row else None,
        full_points=_full_points(row) if row else FullPoints("median"),
        bands=BandContent(
            organisation.band_good_thousandths,
            organisation.band_excellent_thousandths,
            tuple(kept_band_names(organisation).values()),
        ),
        sets=_sets(organisation, used={segment.set_key for segment in segments}),
        segments=segments,
    )


def _weight_set(organisation: Organisation, *, with_draft: bool) -> WeightSet | None:
    order = (_DRAFT, _PUBLISHED) if with_draft else (_PUBLISHED, _DRAFT)
    rows = {row.state: row for row in WeightSet.objects.filter(organisation=organisation, state__in=order)}
    return next((rows[state] for state in order if state in rows), None)


def _full_points(row: WeightSet) -> FullPoints:
    """The rule behind the number. A draft copies the number of the set before as its own: the rule is that set's."""
    sets = {one.number: one for one in WeightSet.objects.filter(organisation_id=row.organisation_id)}
    number, source = row.full_points_thousandths, row
    while source.full_points_from == "own" and source.based_on in sets:
        if sets[source.based_on].full_points_thousandths != number:
            break
        source = sets[source.based_on]
    if source.full_points_from == "own":
        return FullPoints("own", number)
    return FullPoints(source.full_points_from)


def _actions(organisation: Organisation, row: WeightSet | None) -> tuple[ActionContent, ...]:
    found = list(Action.objects.filter(organisation=organisation, archived_at__isnull=True))
    order = {channel: place for place, channel in enumerate(Channel.values)}
    found.sort(key=lambda action: (order[action.channel], action.position, action.key))
    definitions = ActionDefinition.objects.filter(organisation=organisation).order_by("number")
    rules = {definition.action_id: definition.rule for definition in definitions}
    weights = {weight.action_id: weight for weight in Weight.objects.filter(weight_set=row)} if row else {}
    return tuple(_action(action, rules[action.pk], weights.get(action.pk), is_first=row is None) for action in found)


def _action(action: Action, rule: Mapping[str, object], weight: Weight | None, *, is_first: bool) -> ActionContent:
    default = default_weight_thousandths(action.key) if is_first else 0
    return ActionContent(
        key=action.key,
        name=action.name,
        channel=action.channel,
        rule=parse_action_rule(rule).to_json(),
        weight_thousandths=weight.weight_thousandths if weight else default,
        cap=weight.cap if weight else None,
    )


def _segments(organisation: Organisation) -> tuple[SegmentContent, ...]:
    rows = Segment.objects.filter(organisation=organisation, archived_at__isnull=True, segment_set__isnull=False)
    definitions = SegmentDefinition.objects.filter(organisation=organisation).order_by("number")
    rules = {definition.segment_id: definition.rule for definition in definitions}
    found = rows.exclude(key=ALL_KEY).select_related("segment_set")
    return tuple(
        SegmentContent(
            key=row.key,
            set_key=row.segment_set.key,
            name=row.name,
            rule=parse_rule(rules[row.pk]).to_json(),
            is_missing_data=row.is_missing_data,
        )
        for row in found.order_by("segment_set__position", "segment_set__key", "position", "key")
        if row.segment_set is not None
    )


def _sets(organisation: Organisation, *, used: set[str]) -> tuple[SetContent, ...]:
    rows = SegmentSet.objects.filter(organisation=organisation, key__in=used).order_by("position", "key")
    return tuple(SetContent(key=row.key, name=row.name, is_partition=row.is_partition) for row in rows)
