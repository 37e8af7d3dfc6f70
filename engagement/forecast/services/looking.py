"""Every segment of a run held against what its own past led to expect."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from engagement.forecast import estimates
from engagement.forecast.models import Look
from engagement.forecast.selectors.series import SEASON, PastSeries, best_series, past_series
from engagement.forecast.stored import millionths
from engagement.insights.models import Target
from engagement.insights.selectors.explaining import explanation_between
from engagement.insights.selectors.known_segments import known_segments
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation

_NAMED: Final = 3  # of what carried a move: the rest is in the ledger
Found = tuple[PastSeries, estimates.Surprise]


def look_at(*, organisation: Organisation, run: ScoreRun, now: datetime) -> Look:
    """Look at the score of every segment of a run once, and keep what was outside its 95 % interval.

    Which of these stand, although so many were looked at together, is decided by Holm's rule over all of them.
    """
    series = _all_series(organisation, today=organisation.today(now), day=run.as_of)
    looked = [(one, surprise) for one in series if (surprise := estimates.surprise(_values(one))) is not None]
    stand = estimates.holm([surprise.p for _one, surprise in looked])
    found = [
        _stored(organisation, one, stands=stands)
        for one, stands in zip(looked, stand, strict=True)
        if one[1].is_outside
    ]
    by = series[0].by.value if series else ""
    return Look.objects.create(
        organisation=organisation,
        run=run,
        as_of=run.as_of,
        period=by,
        compared=len(looked),
        found=found,
        made_at=now,
    )


def _all_series(organisation: Organisation, *, today: date, day: date) -> list[PastSeries]:
    """Of every segment that is not archived, those that end with the day."""
    keys = [one.key for one in known_segments() if one.archived_at is None]
    pairs = [(key, str(Target.Measure.SCORE)) for key in keys]
    weeks, months = (
        past_series(organisation=organisation, today=today, by=by, wanted=pairs, until=day) for by in SEASON
    )
    ending = [(_ending(weeks.get(pair), day), _ending(months.get(pair), day)) for pair in pairs]
    return [best for week, month in ending if (best := best_series(weeks=week, months=month)) is not None]


def _ending(series: PastSeries | None, day: date) -> PastSeries | None:
    return series if series is not None and series.known[-1].day == day else None


def _values(series: PastSeries) -> estimates.Series:
    values = tuple(float(one.value) for one in series.known)
    return estimates.Series(values, SEASON[series.by], estimates.Bounds(0, 100))


def _stored(organisation: Organisation, found: Found, *, stands: bool) -> list[Any]:
    series, surprise = found
    expected = surprise.expected
    numbers = (surprise.value, expected.centre, expected.low_95, expected.high_95, surprise.p)
    return [series.segment_key, *(millionths(value) for value in numbers), stands, _carried(organisation, series)]


def _carried(organisation: Organisation, series: PastSeries) -> list[list[Any]]:
    """The largest terms of the ledger from the period before: causes, and of new activity its actions."""
    before, after = series.runs[-2:]
    found = explanation_between(organisation=organisation, before=before, after=after, segment_key=series.segment_key)
    terms: list[tuple[str, str, Any]] = []
    for cause in found.terms:
        parts = [(cause.cause, action.name, action.value) for action in cause.actions]
        terms += parts or [(cause.cause, "", cause.value)]
    largest = sorted((term for term in terms if term[2]), key=lambda term: -abs(term[2]))[:_NAMED]
    return [[cause, action, millionths(value)] for cause, action, value in largest]
