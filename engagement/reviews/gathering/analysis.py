"""Why the number of everybody moved over the period, which segments moved, and what moved against the score."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final

from engagement.companions.selectors import contradictions, is_set_up
from engagement.forecast.selectors import latest_look
from engagement.insights.explaining import CauseTerm, Explanation, PartitionChange
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.explaining import explanation_between
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.types import Figures
from engagement.look.exact import exact
from engagement.reviews.numbers import kept
from engagement.reviews.types import Json, Period
from tenants.models import Organisation

EVERYBODY: Final = "all"
LISTED: Final = 40


def analysis(*, organisation: Organisation, period: Period, figures: Mapping[str, Figures], now: datetime) -> Json:
    """The ledger between the two runs with rate and mix, segments, contradictions, what was unusual."""
    why = explanation_between(organisation=organisation, before=period.before, after=period.run, segment_key=EVERYBODY)
    return {
        **_ledger(why),
        "partitions": [_partition(one) for one in why.partitions],
        "segments": _segments(organisation, period, figures),
        "contradictions": _contradictions(organisation, period, figures, now),
        "unusual": _unusual(period),
    }


def _ledger(why: Explanation) -> Json:
    return {
        "reason": why.reason,
        "before": kept(why.before),
        "after": kept(why.after),
        "half_width_95": kept(why.half_width_95),
        "weight_sets": list(why.weight_sets) if why.weight_sets else None,
        "causes": [_cause(one) for one in why.terms],
    }


def _cause(one: CauseTerm) -> Json:
    actions = [{"key": action.key, "name": action.name, "value": kept(action.value)} for action in one.actions]
    return {"cause": one.cause, "value": kept(one.value), "actions": actions}


def _partition(one: PartitionChange) -> Json:
    return {"name": one.set_name, "rate": kept(one.rate), "mix": kept(one.mix), "reason": one.reason}


def _segments(organisation: Organisation, period: Period, figures: Mapping[str, Figures]) -> list[Json]:
    """The segments that are there at both ends, those that surely moved first, by how far."""
    if period.before is None:
        return []
    minimum = Minimum.of(organisation)
    former = figures_of_run(run=period.before, minimum=minimum)
    keys = [key for key in figures if key in former and key != EVERYBODY]
    errors = change_errors(before=period.before, after=period.run, segment_keys=keys, minimum=minimum)
    rows = []
    for key in keys:
        then, now = former[key].score, figures[key].score
        if then is None or now is None:
            continue
        half = errors[key].half_width_95 if key in errors else None
        moved = half is not None and abs(now - then) > exact(half)
        rows.append((not moved, -abs(now - then), key, _segment(figures[key], then, now, kept(half), moved=moved)))
    return [row for *_order, row in sorted(rows, key=lambda row: row[:3])][:LISTED]


def _segment(one: Figures, then: Fraction, now: Fraction, half: str | None, *, moved: bool) -> Json:
    return {
        "key": one.segment_key,
        "name": one.segment_name,
        "before": kept(then),
        "after": kept(now),
        "half_width_95": half,
        "moved": moved,
    }


def _contradictions(
    organisation: Organisation, period: Period, figures: Mapping[str, Figures], now: datetime
) -> list[Json]:
    """Of the period's last month, which is what companions are tested by."""
    if not is_set_up():
        return []
    found = contradictions(organisation=organisation, now=now, segment_keys=list(figures), month=period.last_day)
    return [
        {
            "kind": one.kind, "segment_key": one.segment_key, "segment_name": one.segment_name, "measure": one.measure,
            "month": one.month.isoformat(), "score_change": kept(one.score_change), "value": kept(one.value),
        }
        for one in found
    ][:LISTED]  # fmt: skip


def _unusual(period: Period) -> list[Json]:
    """What stood out in the last look, where that was within the period."""
    look = latest_look()
    if look is None or not period.first_day <= look.as_of <= period.last_day:
        return []
    return [
        {
            "segment_key": one.segment_key, "segment_name": one.segment_name, "as_of": look.as_of.isoformat(),
            "value": kept(one.value), "low": kept(one.low), "high": kept(one.high),
        }
        for one in look.found
        if one.stands
    ][:LISTED]  # fmt: skip
