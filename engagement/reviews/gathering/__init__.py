"""What a review shows of its period, as it is kept: exact numbers, names and codes, no sentences."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation

from engagement.insights.selectors.figures import Minimum, figures_of_run, run_facts
from engagement.insights.selectors.periods import runs_in_force
from engagement.reviews.gathering.analysis import analysis
from engagement.reviews.gathering.changes import changes
from engagement.reviews.gathering.data import data
from engagement.reviews.gathering.goals import goals
from engagement.reviews.models import Review
from engagement.reviews.numbers import kept
from engagement.reviews.rhythms import Rhythm, period_start, previous_end
from engagement.reviews.types import Json, Period
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation

__all__ = ["gather_period", "period_of"]


def period_of(*, rhythm: Rhythm, run: ScoreRun, previous: Review | None) -> Period:
    """The period that ends with a run's day, held against the one before it.

    Where the former review was of that one, its run is what both reviews speak of; else the one that counts now.
    """
    end = previous_end(run.as_of, rhythm=rhythm)
    if previous is not None and previous.last_day == end:
        before: ScoreRun | None = previous.run
    else:
        before = runs_in_force([end]).get(end)
    return Period(rhythm, period_start(run.as_of, rhythm=rhythm), run.as_of, run, before)


def gather_period(*, organisation: Organisation, period: Period, now: datetime) -> Json:
    """Goals, data, analysis and changes. Reasons are kept in English and looked up when they are read."""
    with translation.override("en-gb"):
        figures = figures_of_run(run=period.run, minimum=Minimum.of(organisation))
        facts = run_facts(period.run)
        return {
            "basis": {
                "run": facts.number,
                "digest": period.run.digest,
                "as_of": facts.as_of.isoformat(),
                "weight_set": facts.weight_set_number,
                "window_days": facts.window_days,
                "n": figures["all"].n,
                "score": kept(figures["all"].score),
                "before_run": period.before.number if period.before else None,
                "before_as_of": period.before.as_of.isoformat() if period.before else None,
            },
            "goals": goals(organisation=organisation, period=period, figures=figures),
            "data": data(organisation=organisation, period=period, figures=figures, now=now),
            "analysis": analysis(organisation=organisation, period=period, figures=figures, now=now),
            "changes": changes(organisation=organisation, period=period),
        }
