"""With whom a step can be compared: segments that nobody treated and that are not made by what is measured."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from engagement.cases.models import Initiative
from engagement.cases.readout_types import Mode, RefusedSegment, WhyRefused
from engagement.cases.selectors.measured import ALL
from engagement.errors import ConflictError
from engagement.insights.selectors.figures import snapshots_of
from engagement.insights.selectors.known_segments import known_segments
from engagement.scoring.formula import SCORE_SCALE
from engagement.scoring.models import ScoreRun, Segment
from engagement.scoring.rules.parse import stored_rule

FAR: Final = Fraction(10)
"""A segment whose score before lay further away is not proposed: near 0 and 100 the same change means another thing."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Whom a step is compared with, who was refused, and whose members are nobody's comparison."""

    mode: Mode
    segments: tuple[tuple[str, str], ...] = ()  # keys and names
    refused: tuple[RefusedSegment, ...] = ()
    touched: tuple[str, ...] = ()  # keys of segments that other steps treated at the same time
    is_touched_itself: bool = False


def is_by_activity(*, run: ScoreRun, key: str) -> bool:
    """Whether a segment's rule, as the run used it, looks at points, score or activity.

    What is measured then decides who is in it: whoever is in it for being high falls by himself, and the other way
    round.
    """
    rules = (segment["rule"] for segment in run.uses["segments"] if segment["key"] == key)
    return any(bool(stored_rule(rule).activities()) for rule in rules)


def others_at_the_time(step: Initiative, *, until: date) -> list[Initiative]:
    """Other steps that ran on a day between the step's baseline and `until`."""
    running = Initiative.objects.filter(started_at__isnull=False, first_day__lte=until).exclude(pk=step.pk)
    still = Q(last_day__isnull=True) | Q(last_day__gte=step.baseline_last)
    return list(running.filter(still).select_related("segment").order_by("number"))


def compared_with(*, step: Initiative, before: ScoreRun, after: ScoreRun, minimum: int) -> Compared:
    """Whom a step is compared with between two runs. Raises ConflictError where none of what was chosen will do."""
    if step.segment is None:
        return Compared(Mode.NOBODY)
    treated = step.segment.key
    others = others_at_the_time(step, until=after.as_of)
    touched = tuple(sorted({one.segment.key for one in others if one.segment and one.segment.key != treated}))
    itself = any(one.segment is None or one.segment.key == treated for one in others)
    if step.comparison == Initiative.Comparison.MATCHED:
        return Compared(Mode.MATCHED, touched=touched, is_touched_itself=itself)
    proposes = step.comparison == Initiative.Comparison.PROPOSED
    candidates = _siblings(step.segment) if proposes else _chosen(step)
    look = _Look(before, after, treated, frozenset(touched), minimum, proposes)
    whys = [(segment, look.why_not(segment)) for segment in candidates]
    kept = tuple((segment.key, segment.name) for segment, why in whys if why is None)
    refused = tuple(RefusedSegment(segment.key, segment.name, why) for segment, why in whys if why is not None)
    if not kept and not proposes:
        raise ConflictError(_("None of the segments that were chosen can be compared with. Choose others."))
    mode = Mode.SEGMENTS if kept else Mode.MATCHED
    return Compared(mode, kept, refused, touched, itself)


def _siblings(segment: Segment) -> Iterable[Segment]:
    """The other segments of the same set, in their order."""
    found = [
        one
        for one in known_segments()
        if one.segment_set_id == segment.segment_set_id and one.archived_at is None and one.key != segment.key
    ]
    return sorted(found, key=lambda one: (one.position, one.key))


def _chosen(step: Initiative) -> list[Segment]:
    return [link.segment for link in step.compared.select_related("segment").order_by("segment__key")]


@dataclass(frozen=True, slots=True)
class _Look:
    """What decides whether a segment can be compared with."""

    before: ScoreRun
    after: ScoreRun
    treated: str
    touched: Collection[str]
    minimum: int
    proposes: bool

    def why_not(self, segment: Segment) -> WhyRefused | None:
        if segment.is_missing_data and self.proposes:
            return WhyRefused.MISSING
        if is_by_activity(run=self.before, key=segment.key):
            return WhyRefused.BY_ACTIVITY
        if segment.key in self.touched or segment.key in {self.treated, ALL}:
            return WhyRefused.TOUCHED
        score = self._score(segment.key)
        if score is None:
            return WhyRefused.TOO_FEW
        treated = self._score(self.treated)
        is_far = self.proposes and treated is not None and abs(score - treated) > FAR
        return WhyRefused.FAR if is_far else None

    def _score(self, key: str) -> Fraction | None:
        """The segment's score before; None where one of the runs has too few of it."""
        found = snapshots_of(runs=[self.before.id, self.after.id], segment_keys=[key])
        rows = [found.get((run.id, key)) for run in (self.before, self.after)]
        if any(row is None or row.n < max(self.minimum, 2) for row in rows) or rows[0] is None:
            return None
        return Fraction(rows[0].sum_score_millionths, rows[0].n * SCORE_SCALE)
