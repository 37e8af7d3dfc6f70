"""Which days can be shown, and which are the ends of finished periods; the arithmetic of days is `calendars`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from engagement.insights import calendars
from engagement.insights.calendars import TREND, By
from engagement.insights.types import Period
from engagement.look.dates import day_text
from engagement.look.locales import spoken
from engagement.scoring.models import Restatement, RunPointer, RunRequest, ScoreRun, WeightSet
from tenants.remembering import remembered

TREND_MONTHS = TREND[By.MONTH]


def previous_month_end(day: date) -> date:
    """The last day of the month before.

    >>> previous_month_end(date(2018, 1, 1)), previous_month_end(date(2017, 12, 31))
    (datetime.date(2017, 12, 31), datetime.date(2017, 11, 30))
    """
    return calendars.previous_end(day, by=By.MONTH)


def is_finished(day: date, *, today: date, by: By = By.MONTH) -> bool:
    """True if a day is the end of a period that is over."""
    return calendars.is_finished(day, today=today, by=by)


def month_label(day: date) -> str:
    """A month in short: Dec 2017."""
    return calendars.period_label(day, by=By.MONTH)


def runs_in_force(days: Iterable[date]) -> dict[date, ScoreRun]:
    """The runs that count for these days, where there are any."""
    wanted = list(dict.fromkeys(days))
    kept: dict[date, ScoreRun | None] = remembered("insights.runs_in_force", dict)
    missing = [day for day in wanted if day not in kept]
    if missing:
        kept.update(dict.fromkeys(missing))
        pointers = RunPointer.objects.filter(as_of__in=missing).select_related("run")
        for pointer in pointers.annotate(set_from=F("run__weight_set__effective_from")):
            kept[pointer.as_of] = pointer.run
            _known_sets()[pointer.run.weight_set_id] = pointer.set_from
    return {day: run for day in wanted if (run := kept[day]) is not None}


def _known_sets() -> dict[UUID, date | None]:
    return remembered("insights.sets_in_force_from", dict)


def sets_in_force_from(sets: Collection[UUID]) -> dict[UUID, date | None]:
    """Since when each of some weight sets holds, None for one that holds for all days before it too."""
    known = _known_sets()
    missing = [one for one in sets if one not in known]
    if missing:
        known.update(WeightSet.objects.filter(pk__in=missing).values_list("pk", "effective_from"))
    return {one: known[one] for one in sets if one in known}


def runs_known(days: Iterable[date], *, known: ScoreRun | None) -> dict[date, ScoreRun]:
    """The runs that counted for these days when `known` was published; without it, those that count now."""
    return runs_in_force(days) if known is None else {run.as_of: run for run in published_until(known, days=days)}


def published_until(known: ScoreRun, *, days: Iterable[date]) -> QuerySet[ScoreRun]:
    """The runs of these days that were published up to `known`, in that order; not those taken back before it."""
    before = Q(finished_at__lt=known.finished_at) | Q(finished_at=known.finished_at, number__lte=known.number)
    taken_back = RunRequest.objects.filter(
        restatement__state=Restatement.State.CANCELLED,
        restatement__finished_at__lt=known.finished_at,
        run__isnull=False,
    )
    published = ScoreRun.objects.filter(before, as_of__in=list(days), state=ScoreRun.State.PUBLISHED)
    return published.exclude(pk__in=taken_back.values("run_id")).order_by("finished_at", "number")


def month_ends_before(day: date, *, months: int) -> list[date]:
    """The ends of the months up to and including `day` (if it is one), oldest first."""
    return calendars.ends_before(day, by=By.MONTH, count=months)


def _period(day: date, *, today: date, by: By, current: bool) -> Period:
    finished = is_finished(day, today=today, by=by)
    running = calendars.period_end(day, by=by) >= today
    # Beside each other weeks are short: the page that one opens names it in full.
    end = calendars.period_mark(calendars.period_end(day, by=by), by=by)
    name = _("to {day}").format(day=end) if by is By.WEEK else calendars.period_name(day, by=by)
    if finished:
        label = name
    elif running:
        label = _("{period}, unfinished").format(period=name)
    else:
        label = day_text(day, locale=spoken())
    return Period(as_of=day, label=label, finished=finished, current=current, running=running)


def scored_days() -> list[date]:
    """All scored days, newest first; read once in a scope."""
    days = RunPointer.objects.order_by("-as_of").values_list("as_of", flat=True)
    return remembered("insights.scored_days", lambda: list(days))


def scored_ends(*, today: date, by: By) -> tuple[date, ...]:
    """The ends of all finished periods that have a run, the newest first."""
    return tuple(day for day in scored_days() if is_finished(day, today=today, by=by))


def periods(
    *, as_of: date, today: date, by: By = By.MONTH, ends: Sequence[date] | None = None, others: int = 3
) -> tuple[Period, ...]:
    """The days offered beside the one shown: the last finished periods that have a run, and the latest run.

    Of a period that is none of the last, its neighbours are. `ends` are all of them, where they are known.
    """
    found = scored_ends(today=today, by=by) if ends is None else tuple(ends)
    at = found.index(as_of) if as_of in found else 0
    start = 0 if at < others else at - 1
    days = {as_of, *found[start : start + others], *found[:1], *scored_days()[:1]}
    return tuple(_period(day, today=today, by=by, current=day == as_of) for day in sorted(days))


def default_day(*, today: date, by: By | None = None) -> date | None:
    """What a page opens with: the latest finished day that has a run, else the latest run.

    Where a kind of period is asked for, the end of the latest finished one that has a run comes before these.
    """
    scored = scored_days()
    ends = [day for day in scored if by is not None and is_finished(day, today=today, by=by)]
    finished = [day for day in scored if day < today]
    return next(iter([*ends, *finished, *scored]), None)
