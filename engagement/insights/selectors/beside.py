"""Two segments of one run beside each other: their figures, whom they share, and how sure the difference is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from engagement.errors import NotFoundError
from engagement.insights.outlook_types import ChangeError
from engagement.insights.selectors.comparing import run_for
from engagement.insights.selectors.figures import Minimum, figures_of_run, run_facts
from engagement.insights.selectors.segments import NOT_THERE, segment_named
from engagement.insights.types import Figures, RunFacts
from engagement.scoring.formula import (
    IntArray,
    PairedSums,
    RunSums,
    change_standard_error,
    exact_sum,
    half_width_95,
    sum_of_squares,
)
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.rows import run_rows
from tenants.models import Organisation

TOO_FEW = noop("no difference: one of the two has too few customers to show a number")
SUMS_ONLY = noop("no interval: this scoring is kept as sums only, so it is not known any more whom the two share")


@dataclass(frozen=True, slots=True)
class ActionBeside:
    """One action's points per customer in both; None where a segment has too few customers."""

    key: str
    name: str
    one: Fraction
    other: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """`difference` is one − other, None with `error.reason`; `shared` customers are in both, None: not known."""

    run: RunFacts
    one: Figures
    other: Figures
    shared: int | None
    difference: Fraction | None
    error: ChangeError
    actions: tuple[ActionBeside, ...]


def segments_beside(
    *,
    organisation: Organisation,
    segment_key: str,
    other_key: str,
    now: datetime,
    as_of: date | None = None,
    run_number: int | None = None,
) -> Beside:
    """Two segments of the run of a day. NotFoundError for an unknown segment, or one the run did not know.

    The interval of the difference counts whoever is in both with both, as that of a change does (`changes`): a customer
    adds (score − mean) ÷ n of the one, less the same of the other. Segments that share everybody have no spread.
    """
    run = run_for(organisation=organisation, now=now, as_of=as_of, run_number=run_number)
    if run is None:
        raise NotFoundError(_("Nothing has been scored yet."))
    for key in (segment_key, other_key):
        segment_named(key)
    found = figures_of_run(run=run, minimum=Minimum.of(organisation), segment_keys=[segment_key, other_key])
    if segment_key not in found or other_key not in found:
        raise NotFoundError(_(NOT_THERE))
    one, other = found[segment_key], found[other_key]
    sums = _sums(run, segment_key, other_key)
    return Beside(
        run=run_facts(run),
        one=one,
        other=other,
        shared=sums[2].n if sums else None,
        difference=None if one.score is None or other.score is None else one.score - other.score,
        error=_error(one, other, sums),
        actions=_actions(one, other),
    )


def _sums(run: ScoreRun, one: str, other: str) -> tuple[RunSums, RunSums, PairedSums] | None:
    """Of the one, of the other, and of those in both; None where the run is kept as sums only."""
    if run.thinned_at is not None:
        return None
    rows = run_rows(run, segment_keys=[one, other])
    scores, masks = rows.scores.astype(np.int64), rows.masks
    first, second, both = (scores[mask] for mask in (masks[one], masks[other], masks[one] & masks[other]))
    shared = _of(both)
    return _of(first), _of(second), PairedSums(shared.n, shared.total, shared.total, shared.squares)


def _of(scores: IntArray) -> RunSums:
    return RunSums(len(scores), exact_sum(scores), sum_of_squares(scores))


def _error(one: Figures, other: Figures, sums: tuple[RunSums, RunSums, PairedSums] | None) -> ChangeError:
    if one.score is None or other.score is None:
        return ChangeError(None, None, _(TOO_FEW))
    if sums is None:
        return ChangeError(None, None, _(SUMS_ONLY))
    first, second, shared = sums
    error = change_standard_error(before=second, after=first, stayers=shared)
    if error is None:
        return ChangeError(None, None, _(TOO_FEW))
    return ChangeError(error, half_width_95(error=error, n=min(first.n, second.n)))


def _actions(one: Figures, other: Figures) -> tuple[ActionBeside, ...]:
    if one.score is None or other.score is None:
        return ()
    theirs = {action.key: action.points_per_customer for action in other.actions}
    return tuple(
        ActionBeside(
            action.key, action.name, action.points_per_customer or Fraction(0), theirs.get(action.key) or Fraction(0)
        )
        for action in one.actions
    )
