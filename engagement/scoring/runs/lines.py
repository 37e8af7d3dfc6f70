"""Which weight set a day is scored with, and the two lines a past day can have.

A set holds from its first day on until a later one takes over. A past day may be scored again with a set that did not
hold on it, by choice: such a run restates. The line as it was takes, for every day, the last run that does not.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import F, Q
from django.utils.translation import gettext as _

from engagement.errors import ConflictError
from engagement.scoring.models import RunPointer, ScoreRun, WeightSet

_STATES = WeightSet.State


def set_in_force(*, as_of: date) -> WeightSet:
    """The set that holds on a day; raises ConflictError when none has been published.

    A scheduled set counts as soon as its day has come, whether or not the clock has put it in force already: days after
    today are never scored.
    """
    began = Q(state__in=[_STATES.PUBLISHED, _STATES.SCHEDULED]) | Q(state=_STATES.RETIRED, in_force_at__isnull=False)
    holds = Q(effective_from__isnull=True) | Q(effective_from__lte=as_of)
    latest = (F("in_force_at").desc(nulls_first=True), F("effective_from").desc(nulls_last=True), "-number")
    found = WeightSet.objects.filter(began, holds).order_by(*latest).first()
    if found is None:
        raise ConflictError(_("No weights have been published yet: publish a weight set first."))
    return found


def runs_as_they_were(days: Collection[date]) -> dict[date, ScoreRun]:
    """For each of these days that has been restated: the last run of it that does not restate."""
    restated = RunPointer.objects.filter(as_of__in=days, run__restates=True).values_list("as_of", flat=True)
    runs = ScoreRun.objects.filter(as_of__in=list(restated), restates=False, state=ScoreRun.State.PUBLISHED)
    return {run.as_of: run for run in runs.order_by("number")}


def restore(run: ScoreRun, *, now: datetime) -> bool:
    """Let what counted for a run's day before this run count again; True if it does now.

    It does not where the day's run in force has another weight set: something later has been decided for it.
    """
    before = ScoreRun.objects.filter(as_of=run.as_of, number__lt=run.number, state=ScoreRun.State.PUBLISHED)
    last = before.order_by("-number").first()
    pointers = RunPointer.objects.filter(as_of=run.as_of, run__weight_set_id=run.weight_set_id)
    return last is not None and pointers.update(run=last, published_at=now) == 1
