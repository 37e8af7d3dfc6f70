"""Where the score and what stands beside it moved apart: tested, and held to what was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from typing import Final

from engagement.companions.measures import MEASURES
from engagement.companions.selectors.figures import UNLIKELY, figures_of_segments, known_months
from engagement.companions.types import CompanionFigures, Contradiction
from engagement.insights.calendars import By, is_finished, previous_end
from engagement.insights.estimates import holm
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.selectors.periods import runs_in_force
from engagement.insights.types import Figures
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation

LEAST: Final = 30  # answers or customers at both ends
# Those that are counted and tested; what is made of others moves with them.
_TESTED: Final = ("nps", "csat", "repeat", "churn", "conversion", "order", "revenue")


def contradictions(
    *, organisation: Organisation, now: datetime, segment_keys: Sequence[str] | None = None, month: date | None = None
) -> tuple[Contradiction, ...]:
    """What moved against the score between the last two finished months (or `month`, its last day, and the one before).

    Of each segment: the score has to have changed by more than its 95 % interval; a companion has to have changed the
    other way with p < 0.05 after Holm over the segment's measures that could be tested, each with at least 30
    answers or customers at both ends. `segment_keys` None: everybody. Where nothing has changed, at most one segment
    in twenty is named by chance, and fewer, because two things have to happen by chance. Moving apart says nothing
    about why.

    "without_profit" needs no test of its own where profit per customer is not above 0; where it fell, the same one.
    """
    keys = list(segment_keys) if segment_keys is not None else ["all"]
    end = month or next(iter(known_months()), None)
    if end is None or not is_finished(end, today=organisation.today(now), by=By.MONTH):
        return ()
    before = previous_end(end, by=By.MONTH)
    runs = runs_in_force([before, end])
    if before not in runs or end not in runs:
        return ()
    found = figures_of_segments(organisation=organisation, keys=keys, months=[before, end])
    scores = _Scores(organisation, runs[before], runs[end], keys)
    return tuple(
        one
        for key in keys
        if key in found
        for one in _of_segment(scores, key, [found[key][at] for at in (before, end)], (before, end))
    )


class _Scores:
    """Score and points per customer of some segments at both ends, and by how much the score changed for sure."""

    def __init__(self, organisation: Organisation, before: ScoreRun, after: ScoreRun, keys: list[str]) -> None:
        minimum = Minimum.of(organisation)
        self.before = figures_of_run(run=before, minimum=minimum, segment_keys=keys)
        self.after = figures_of_run(run=after, minimum=minimum, segment_keys=keys)
        self._errors = change_errors(before=before, after=after, segment_keys=keys, minimum=minimum)

    def change(self, key: str) -> Fraction | None:
        """The change of the score, None where it is inside its interval or not known."""
        ends = self._ends(key)
        error = self._errors.get(key)
        if ends is None or error is None or error.half_width_95 is None:
            return None
        first, second = (one.score for one in ends)
        if first is None or second is None or abs(second - first) <= Fraction(error.half_width_95):
            return None
        return second - first

    def points_rose(self, key: str) -> Fraction | None:
        """By how much points per customer rose, None where they did not by more than both intervals allow."""
        ends = self._ends(key)
        if ends is None:
            return None
        first, second = ends
        if first.points_per_customer is None or second.points_per_customer is None:
            return None
        errors = [one.points_standard_error for one in ends]
        rise = second.points_per_customer - first.points_per_customer
        if any(error is None for error in errors):
            return None
        wide = Fraction(sum(error * error for error in errors if error is not None)) * Fraction(196, 100) ** 2
        return rise if rise > 0 and rise * rise > wide else None

    def name(self, key: str) -> str:
        return self.after[key].segment_name

    def _ends(self, key: str) -> tuple[Figures, Figures] | None:
        return (self.before[key], self.after[key]) if key in self.before and key in self.after else None


def _of_segment(
    scores: _Scores, key: str, ends: Sequence[dict[str, CompanionFigures]], days: tuple[date, date]
) -> list[Contradiction]:
    before, after = ends
    tested = [name for name in (*_TESTED, "profit") if _can_be_tested(before.get(name), after.get(name))]
    adjusted = dict(zip(tested, holm([after[name].p or 0.0 for name in tested]), strict=True))
    said = partial(
        Contradiction, segment_key=key, segment_name=scores.name(key), month=days[1], before=days[0],
        looked_at=len(tested),
    )  # fmt: skip
    found = []
    change = scores.change(key)
    for name in tested:
        one = after[name]
        if name == "profit" or change is None or not one.change or one.value is None or adjusted[name] >= UNLIKELY:
            continue
        if (one.change > 0) is not (change * MEASURES[name].better > 0):
            kind = "score_up" if change > 0 else "score_down"
            found.append(
                said(kind=kind, measure=name, score_change=change, change=one.change, value=one.value, p=adjusted[name])
            )
    rise, profit = scores.points_rose(key), after.get("profit")
    if rise is None or profit is None or profit.value is None or (profit.n or 0) < LEAST:
        return found
    fell = adjusted.get("profit", 1.0) < UNLIKELY and (profit.change or 0) < 0
    if profit.value <= 0 or fell:
        p = adjusted["profit"] if profit.value > 0 else None
        found.append(
            said(
                kind="without_profit",
                measure="profit",
                score_change=rise,
                change=profit.change,
                value=profit.value,
                p=p,
            )
        )
    return found


def _can_be_tested(before: CompanionFigures | None, after: CompanionFigures | None) -> bool:
    if before is None or after is None or after.p is None:
        return False
    return all((one.sums.n if one.sums else one.n or 0) >= LEAST for one in (before, after))
