"""What the checks of pitfalls look at, gathered for a client from the run that its scorecard shows."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Final

import numpy as np

from engagement.companions.models import SurveyAnswer
from engagement.companions.selectors import contradictions, current_setting, is_set_up
from engagement.feedback.selectors import has_feedback, open_themes
from engagement.guidance.pitfalls import ActionSeen, Known, Machines, MovedApart, SegmentSeen
from engagement.insights.selectors.comparing import EVERYBODY, viewing
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.selectors.freshness import freshness
from engagement.insights.types import Figures
from engagement.scoring.blocks import unpack
from engagement.scoring.formula import DECAY_SCALE, FULL_SCORE_MILLIONTHS
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.members import scored_members
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.store import packed_blocks
from engagement.validity.selectors import outcome_in_force
from tenants.models import Organisation

MACHINE_A_DAY: Final = 20  # more actions a day, on average over the window, than a person does


def known_of(*, organisation: Organisation, now: datetime) -> tuple[ScoreRun, Known] | None:
    """Everything the checks ask about, and the run it is of; None before the first score.

    Reads scores and counts of all customers chunk by chunk: some 0.2 s at a million, memory flat. Needs the
    organisation in scope for reading.
    """
    view = viewing(organisation=organisation, now=now)
    if view is None:
        return None
    run = view.run
    figures = figures_of_run(run=run, minimum=Minimum.of(organisation))
    whole, plan = figures[EVERYBODY], plan_of(run)
    at_0, at_100, machines = _ends(run, plan)
    fresh = freshness(organisation=organisation, now=now)
    apart = contradictions(organisation=organisation, now=now, segment_keys=list(figures)) if is_set_up() else None
    return run, Known(
        n=whole.n,
        n_active=whole.n_active,
        n_at_0=at_0,
        n_at_100=at_100,
        score=whole.score,
        actions=tuple(
            ActionSeen(
                key=one.key, name=one.name, channel=one.channel, weight=Fraction(one.weight),
                occurrences=one.occurrences, points=one.points,
            )
            for one in whole.actions
        ),
        segments=tuple(_segment(one) for one in figures.values() if one.set_key is not None),
        window_days=plan.window_days,
        half_life_days=plan.half_life_days,
        least_for_a_band=organisation.minimum_n_band,
        days_since_scored=(organisation.today(now) - fresh.run_as_of).days if fresh.run_as_of else None,
        days_since_event=fresh.stale_days,
        machines=machines,
        has_survey=SurveyAnswer.objects.exists(),
        has_feedback=has_feedback(organisation=organisation),
        left_themes=tuple(one.name for one in open_themes(organisation=organisation, now=now) if one.is_left),
        outcome_keys=_outcome_keys(),
        moved_apart=None
        if apart is None
        else tuple(MovedApart(kind=one.kind, measure=one.measure, segment=one.segment_name) for one in apart),
    )  # fmt: skip


def _segment(one: Figures) -> SegmentSeen:
    return SegmentSeen(
        key=one.segment_key,
        name=one.segment_name,
        set_key=one.set_key or "",
        n=one.n,
        points={action.key: action.points / one.n for action in one.actions} if one.n else {},
        is_missing=one.is_missing_data,
    )


def _outcome_keys() -> frozenset[str]:
    """Actions that something is held against: the outcome of validity, and purchases where churn is about them."""
    outcome, setting = outcome_in_force(), current_setting()
    held = set(outcome.action_keys) if outcome is not None else set()
    return frozenset(held | (set(setting.measuring.purchases) if setting is not None else set()))


def _ends(run: ScoreRun, plan: RunPlan) -> tuple[int | None, int | None, Machines | None]:
    """Customers who score exactly 0 and exactly 100, and those that do more than anybody; None of sums only."""
    if run.thinned_at is not None:
        return None, None, None
    scale = 1 if plan.half_life_days is None else DECAY_SCALE
    most = MACHINE_A_DAY * plan.window_days * scale
    counted = [place for place, action in enumerate(plan.actions) if action.measure == "count"]
    at_0 = at_100 = busy = busy_done = done = 0
    for chunk in range(run.chunks):
        scores = scored_members(run=run, chunk=chunk).scores
        at_0 += int(np.count_nonzero(scores == 0))
        at_100 += int(np.count_nonzero(scores == FULL_SCORE_MILLIONTHS))
        for _chunk, packed in packed_blocks(table="count", run=run, only=chunk):
            columns = unpack(packed)
            each = sum((columns[place].astype(np.int64) for place in counted), np.zeros(len(scores), dtype=np.int64))
            heavy = each > most
            busy += int(np.count_nonzero(heavy))
            busy_done += int(each[heavy].sum())
            done += int(each.sum())
    return at_0, at_100, Machines(busy, Fraction(busy_done, done)) if done else None
