"""The members of a segment by the month in which they were first seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from engagement.errors import NotFoundError
from engagement.insights.note_types import segment_name
from engagement.insights.selectors.comparing import run_for
from engagement.insights.selectors.figures import Minimum, bands_of, run_facts
from engagement.insights.selectors.segments import NOT_THERE, segment_named
from engagement.insights.types import RunFacts
from engagement.scoring.formula import (
    BAND_NAMES,
    SCORE_SCALE,
    exact_sum,
    half_width_95,
    segment_band,
    standard_error,
    sum_of_squares,
)
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.chunk import NEVER
from engagement.scoring.runs.first_seen import NEVER_SEEN, first_months
from engagement.scoring.runs.rows import RunRows, run_rows
from tenants.models import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Those first seen in one month; `month` is its first day, None: nothing is kept of them up to the run's day.

    Under the smallest number of customers everything but their count is None; `band` also under that of bands.
    """

    month: date | None
    n: int
    score: Fraction | None = None
    half_width_95: Decimal | None = None
    band: str | None = None
    active_share: Fraction | None = None
    band_counts: tuple[int, int, int] | None = None  # poor, good, excellent


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """Oldest month first, those never seen last; together all members the run holds. Empty: kept as sums only."""

    run: RunFacts
    segment_key: str
    segment_name: str
    n: int
    cohorts: tuple[Cohort, ...]


def cohorts(
    *,
    organisation: Organisation,
    segment_key: str,
    now: datetime,
    as_of: date | None = None,
    run_number: int | None = None,
) -> Cohorts:
    """A segment's members by first-seen month; what that is, `first_months` says. NotFoundError as for its page."""
    segment = segment_named(segment_key)
    run = run_for(organisation=organisation, now=now, as_of=as_of, run_number=run_number)
    if run is None:
        raise NotFoundError(_("Nothing has been scored yet."))
    if segment_key not in {one["key"] for one in run.uses["segments"]}:
        raise NotFoundError(_(NOT_THERE))
    whole = run_rows(run, segment_keys=[segment_key])
    rows = whole.of(whole.masks[segment_key])
    months = first_months(run, numbers=rows.numbers, zone=organisation.time_zone)
    minimum = Minimum.of(organisation)
    found = tuple(_cohort(run, rows, months == month, int(month), minimum) for month in np.unique(months))
    return Cohorts(
        run=run_facts(run),
        segment_key=segment_key,
        segment_name=segment_name(key=segment.key, name=segment.name),
        n=len(rows),
        cohorts=found,
    )


def _cohort(run: ScoreRun, rows: RunRows, here: NDArray[np.bool_], month: int, minimum: Minimum) -> Cohort:
    n = int(np.count_nonzero(here))
    day = None if month == NEVER_SEEN else date(1970 + month // 12, month % 12 + 1, 1)
    if n < minimum.number:
        return Cohort(month=day, n=n)
    scores = rows.scores[here].astype(np.int64)
    total = exact_sum(scores)
    error = standard_error(n=n, total=total, squares=sum_of_squares(scores), unit=SCORE_SCALE)
    band = None
    if n >= minimum.band:
        band = segment_band(sum_score_millionths=total, n=n, bands=bands_of(run))
    poor, good, excellent = np.bincount(rows.bands[here], minlength=len(BAND_NAMES)).tolist()
    return Cohort(
        month=day,
        n=n,
        score=Fraction(total, n * SCORE_SCALE),
        half_width_95=half_width_95(error=error, n=n),
        band=None if band is None else BAND_NAMES[band],
        active_share=Fraction(int(np.count_nonzero(rows.days_since[here] != NEVER)), n),
        band_counts=(poor, good, excellent),
    )
