"""One segment: its figures, its trend, how its customers spread."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.errors import NotFoundError
from engagement.insights.calendars import By
from engagement.insights.history import RESTATED, Comparison
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.comparing import compared_runs, comparison, viewing
from engagement.insights.selectors.figures import Minimum, figures_of_run, read_ahead, run_facts
from engagement.insights.selectors.known_segments import known_segments
from engagement.insights.selectors.scorecard import ALL, segment_rows, targets_of_view, trend_points
from engagement.insights.selectors.targets import keys_with_targets
from engagement.insights.types import Distribution, RunFacts, SegmentRow, TrendPoint
from engagement.scoring.formula import FULL_SCORE_MILLIONTHS, SCORE_SCALE
from engagement.scoring.models import ScoreRun, Segment
from engagement.scoring.runs.rows import run_rows
from tenants.models import Organisation

_BIN_MILLIONTHS = 10 * SCORE_SCALE
NO_SUCH_SEGMENT = noop("There is no such segment.")
NOT_THERE = noop("This segment was not there when this day was scored. Score the day again to see it.")


def segment_named(key: str) -> Segment:
    """A segment by its key; raises NotFoundError."""
    segment = next((one for one in known_segments() if one.key == key), None)
    if segment is None:
        raise NotFoundError(_(NO_SUCH_SEGMENT))
    return segment


def distribution(*, run: ScoreRun, segment_key: str) -> Distribution | None:
    """Customers of a segment by score in bins of ten, those at exactly 100 apart; and those without any action.

    None for a run that is kept as sums only.
    """
    if run.thinned_at is not None:
        return None
    if segment_key not in {segment["key"] for segment in run.uses["segments"]}:
        raise NotFoundError(_(NOT_THERE))
    rows = run_rows(run, segment_keys=[segment_key])
    mask = rows.masks[segment_key]
    bins = np.bincount(rows.scores[mask].astype(np.int64) // _BIN_MILLIONTHS, minlength=11)
    assert len(bins) - 1 == FULL_SCORE_MILLIONTHS // _BIN_MILLIONTHS
    silent = int(np.count_nonzero(rows.n_channels[mask] == 0))
    return Distribution(bins=tuple(int(n) for n in bins), silent=silent, full=int(bins[-1]))


def segment_figures(
    *,
    organisation: Organisation,
    segment_key: str,
    now: datetime,
    as_of: date | None = None,
    by: By | None = None,
    run_number: int | None = None,
    line: str = RESTATED,
) -> tuple[SegmentRow, RunFacts, tuple[TrendPoint, ...], Distribution | None, Comparison]:
    """A segment as of a day or in a kept run, with trend, spread and what it is compared with.

    The spread is None where the run is kept as sums only; `line` is that of the trend. NotFoundError for an unknown
    segment or an unscored day.
    """
    segment = segment_named(segment_key)
    view = viewing(organisation=organisation, now=now, as_of=as_of, by=by, run_number=run_number)
    if view is None:
        raise NotFoundError(_("Nothing has been scored yet."))
    minimum, keys, runs = Minimum.of(organisation), [segment_key, ALL], compared_runs(view)
    shown = [run for run in (view.run, runs.now, runs.before) if run is not None]
    asked = sorted({*keys, *keys_with_targets()})
    read_ahead(whole=(), trend=[*shown, *view.runs(view.trend_days()).values()], segment_keys=asked)
    current, compared, before = (
        figures_of_run(run=run, minimum=minimum, segment_keys=keys) if run else {}
        for run in (view.run, runs.now, runs.before)
    )
    if segment_key not in current:
        raise NotFoundError(_(NOT_THERE))
    found = targets_of_view(organisation=organisation, view=view, figures=current)
    in_force = {target.segment_key: target for target in found if target.measure == "score"}
    trend = trend_points(organisation=organisation, view=view, key=segment_key, line=line)
    rows = segment_rows(
        segments=[segment],
        now=current,
        compared=compared,
        before=before,
        targets=in_force,
        trends={segment_key: tuple(point.figures.score for point in trend if point.finished)},
        is_partition=segment.segment_set is not None and segment.segment_set.is_partition,
        errors=change_errors(before=runs.before, after=runs.now, segment_keys=[segment_key], minimum=minimum),
    )
    spread = distribution(run=view.run, segment_key=segment_key)
    said = comparison(view=view, runs=runs, shown=current[segment_key], minimum=minimum)
    return rows[0], run_facts(view.run), trend, spread, said
