"""Which run a page shows, and which finished periods it compares: as they count now, or as they were known then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.calendars import TREND, By, ends_before, last_finished, previous_end
from engagement.insights.history import Comparison, KnownThen
from engagement.insights.restating import RunUse, differences
from engagement.insights.selectors import periods
from engagement.insights.selectors.figures import Minimum, figures_of_run, run_facts
from engagement.insights.types import Figures
from engagement.scoring.models import RunPointer, ScoreRun
from tenants.models import Organisation

EVERYBODY = "all"  # the key of the built-in segment


@dataclass(frozen=True, slots=True)
class Viewing:
    """What is looked at: a run, by which periods, and whether as it counts now (`known` None) or as known with it."""

    run: ScoreRun
    by: By
    today: date
    known: ScoreRun | None
    skipped: tuple[date, ...] = ()  # the end of the latest finished period, where an older one is shown instead
    is_asked: bool = False  # somebody asked for a day, a run or a kind of period, and not for what is latest

    @property
    def looked_at_on(self) -> date:
        """What "today" is for targets: on a day that was asked for, the day on which its numbers were the latest."""
        return min(self.today, self.run.as_of + timedelta(days=1)) if self.is_asked else self.today

    def runs(self, days: list[date]) -> dict[date, ScoreRun]:
        """The runs that count for these days in this view."""
        return periods.runs_known(days, known=self.known)

    def trend_days(self) -> list[date]:
        """The ends of the last periods, and the day itself where its period is unfinished."""
        days = ends_before(self.run.as_of, by=self.by, count=TREND[self.by])
        return days if self.run.as_of in days else [*days, self.run.as_of]


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """The runs at the two ends of a comparison; None where a day has not been scored."""

    now: ScoreRun | None
    before: ScoreRun | None
    unscored: tuple[date, ...]


def published_run(*, number: int) -> ScoreRun:
    """A run that was in force once, by its number; raises NotFoundError."""
    run = ScoreRun.objects.filter(number=min(number, 2**31 - 1), state=ScoreRun.State.PUBLISHED).first()
    if run is None:
        raise NotFoundError(_("There is no published run with this number."))
    return run


def run_for(
    *,
    organisation: Organisation,
    now: datetime,
    as_of: date | None,
    by: By | None = None,
    run_number: int | None = None,
) -> ScoreRun | None:
    """The run a page shows: the one asked for, that of the day asked for, else that of the default day.

    None before the first run; NotFoundError for a day or a number without one.
    """
    if run_number is not None:
        return published_run(number=run_number)
    if as_of is not None:
        run = periods.runs_in_force([as_of]).get(as_of)
        if run is None:
            said = _("Nothing has been scored as of {day}. Choose another day, or score it.")
            raise NotFoundError(said.format(day=as_of))
        return run
    day = periods.default_day(today=organisation.today(now), by=by)
    return periods.runs_in_force([day]).get(day) if day else None


def is_in_force(run: ScoreRun) -> bool:
    """Whether a run counts for its day."""
    return RunPointer.objects.filter(as_of=run.as_of, run=run).exists()


def viewing(
    *,
    organisation: Organisation,
    now: datetime,
    as_of: date | None = None,
    by: By | None = None,
    run_number: int | None = None,
) -> Viewing | None:
    """What a page looks at; None before the first run, NotFoundError for a day or number without a run.

    The runs at the ends of the periods before it, which pages compare with and draw, are read in the same query.
    """
    if run_number is None:
        day = as_of or periods.default_day(today=organisation.today(now), by=by)
        kind = by or By.MONTH
        newest = periods.scored_days()[:1]  # which says how fresh all of this is
        periods.runs_in_force([day, *newest, *ends_before(day, by=kind, count=TREND[kind])] if day else [])
    run = run_for(organisation=organisation, now=now, as_of=as_of, by=by, run_number=run_number)
    if run is None:
        return None
    today, kind = organisation.today(now), by or By.MONTH
    latest = previous_end(today, by=kind)
    is_older = by is not None and as_of is None and run_number is None and run.as_of < latest
    known = run if run_number is not None and not is_in_force(run) else None
    is_asked = as_of is not None or run_number is not None or by is not None
    skipped = (latest,) if is_older else ()
    return Viewing(run=run, by=kind, today=today, known=known, skipped=skipped, is_asked=is_asked)


def compared_runs(view: Viewing) -> ComparedRuns:
    """The last finished period up to the day that is shown, and the one before it. A gap is never stepped over."""
    end = last_finished(view.run.as_of, today=view.today, by=view.by)
    before = previous_end(end, by=view.by)
    runs = view.runs([end, before])
    unscored = [*(day for day in (before, end) if day not in runs), *view.skipped]
    return ComparedRuns(runs.get(end), runs.get(before), tuple(sorted(set(unscored))))


def comparison(*, view: Viewing, runs: ComparedRuns, shown: Figures | None, minimum: Minimum) -> Comparison:
    """What a page says about its comparison; `shown` are the figures whose counterpart in force is wanted."""
    ends = periods.scored_ends(today=view.today, by=view.by)
    return Comparison(
        by=view.by,
        run=run_facts(runs.now) if runs.now else None,
        before=run_facts(runs.before) if runs.before else None,
        is_shown=runs.now is not None and runs.now.pk == view.run.pk,
        unscored=runs.unscored,
        periods=periods.periods(as_of=view.run.as_of, today=view.today, by=view.by, ends=ends),
        ends=ends,
        known=known_then(run=view.known, shown=shown, minimum=minimum) if view.known else None,
    )


def total_moved(*, before: Figures | None, after: Figures | None) -> bool:
    """Whether everybody together has other customers, points or occurrences in one run than in another."""
    one, two = (figures and (figures.n, figures.total_points, figures.total_occurrences) for figures in (before, after))
    return one != two


def run_use(run: ScoreRun) -> RunUse:
    return RunUse(
        uses=run.uses,
        window_to=run.window_to,
        watermark=run.watermark,
        digest=run.digest,
        customers=run.customers,
    )


def published_runs(days: list[date]) -> list[ScoreRun]:
    """Every published run of some days, in the order in which they were put in force."""
    found = ScoreRun.objects.filter(as_of__in=days, state=ScoreRun.State.PUBLISHED).select_related("requested_by")
    return list(found.order_by("as_of", "finished_at", "number"))


def known_then(*, run: ScoreRun, shown: Figures | None, minimum: Minimum) -> KnownThen | None:
    """What counts now for the day of a run that was replaced; None where the run still counts."""
    pointer = RunPointer.objects.filter(as_of=run.as_of).select_related("run").first()
    if pointer is None or pointer.run_id == run.pk:
        return None
    current = pointer.run
    later = [other for other in published_runs([run.as_of]) if _place(other) > _place(run)]
    following = later[0] if later else current  # without a later one it was taken back: what counted before does again
    key = shown.segment_key if shown else ""
    now_found, then_found = (
        figures_of_run(run=each, minimum=minimum, segment_keys=[key, EVERYBODY]) for each in (current, run)
    )
    figures = now_found.get(key)
    moved = total_moved(before=then_found.get(EVERYBODY), after=now_found.get(EVERYBODY))
    scores = (figures.score if figures else None, shown.score if shown else None)
    return KnownThen(
        published_at=run.finished_at or run.started_at,
        replaced_at=_place(following)[0] if later else pointer.published_at,
        replaced_by=following.number,
        in_force=run_facts(current),
        figures=figures,
        difference=None if scores[0] is None or scores[1] is None else scores[0] - scores[1],
        causes=differences(before=run_use(run), after=run_use(current), total_moved=moved),
    )


def known_run(*, organisation: Organisation, run_number: int | None) -> KnownThen | None:
    """What counts now instead of the run that was asked for; None where that run counts, or none was asked for."""
    if run_number is None:
        return None
    return known_then(run=published_run(number=run_number), shown=None, minimum=Minimum.of(organisation))


def _place(run: ScoreRun) -> tuple[datetime, int]:
    return run.finished_at or run.started_at, run.number
