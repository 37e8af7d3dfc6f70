"""The smallest credible path of one segment to its target, from the stored counts of a run."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import numpy as np

from engagement.forecast.formula import Crowd, Lever, Path, Rises, crowd_of, path_to, rises_of
from engagement.forecast.selectors.series import PastSeries, action_series
from engagement.forecast.stored import millionths
from engagement.insights.models import Target
from engagement.scoring.formula import variant_index
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.plan import plan_of
from engagement.scoring.runs.rows import action_columns, run_rows

# Why no path is known: codes, said on the page.
SUMS_ONLY: Final = "sums_only"
OTHER_MEASURE: Final = "other_measure"
NOBODY: Final = "nobody"


def path_for(*, series: PastSeries, target: Target, periods: int) -> dict[str, Any]:
    """What would reach the target, as it is stored; `periods` are as many as are left until its due day."""
    if target.measure == Target.Measure.ACTIVE_SHARE:
        return {"reason": OTHER_MEASURE}
    run = series.runs[-1]
    if run.thinned_at is not None:
        return {"reason": SUMS_ONLY}
    crowd = _crowd(run, series.segment_key)
    if crowd is None:
        return {"reason": NOBODY}
    values = action_series(series=series)
    keys = [action["key"] for action in run.uses["actions"]]
    past = [rises_of(values[key], periods=periods) for key in keys]
    goal = Fraction(target.value_thousandths, 1000)
    return _stored(path_to(crowd=crowd, measure=target.measure, target=goal, past=past), keys, past)


def _crowd(run: ScoreRun, segment_key: str) -> Crowd | None:
    """The members of a segment with their counts; None for nobody."""
    plan = plan_of(run)
    by_id = {segment.id: segment.key for segment in plan.segments}
    owners = [by_id[override.segment_id] for override in plan.overrides]
    rows = run_rows(run, segment_keys=[segment_key, *owners])
    members = rows.masks[segment_key]
    if not members.any():
        return None
    columns = action_columns(run, places=range(len(plan.actions)))
    variant = variant_index(n=len(rows), masks=[rows.masks[key] for key in owners])
    return crowd_of(
        columns=[np.asarray(column)[members] for column in columns],
        variant=variant[members],
        weights=plan.variant_weights,
    )


def _stored(path: Path, keys: list[str], past: list[Rises]) -> dict[str, Any]:
    now = {one.place: one.now for one in path.levers}
    together = path.together
    return {
        "reason": "",
        "value": millionths(path.value),
        "levers": [_lever(one, keys[one.place], past[one.place]) for one in path.levers],
        "together": [
            [keys[place], millionths(rise), millionths(now[place])]
            for place, rise in (together.rises.items() if together else ())
        ],
        "share": together.share * 1000 if together else None,
        "together_value": millionths(together.value) if together else None,
        "most": millionths(path.most),
    }


def _lever(one: Lever, key: str, past: Rises) -> dict[str, Any]:
    def stored(value: Fraction | None) -> int | None:
        return None if value is None else millionths(value)

    return {
        "action": key,
        "now": millionths(one.now),
        "factor": None if one.factor is None else one.factor * 1000,
        "rise": stored(one.rise),
        "seen": one.seen,
        "spans": len(past.spans),
        "span": past.periods,
        "precedent": one.precedent.value,
        "largest": stored(past.largest),
        "usual": stored(past.usual),
        "high": stored(past.high),
        "best": stored(one.best),
    }
