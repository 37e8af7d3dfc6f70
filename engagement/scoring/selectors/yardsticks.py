"""Reads about yardsticks: which run is measured, and what is known of each client of a firm."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from engagement.scoring.formula import GroupMean
from engagement.scoring.models import RunPointer, ScoreRun, YardstickScore
from engagement.scoring.templating.yardstick import Fit, FittedAction, said_of
from tenants.models import Organisation


@dataclass(frozen=True, slots=True)
class Chosen:
    """The run that pages show (the last finished day's), and the latest there is; both None before the first."""

    run: ScoreRun | None
    latest_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class YardstickLine:
    """A client under a version of a template.

    `sums` of everybody in the run, None unless it is done and there is a score; `reason` then says why not.
    """

    organisation_id: int
    version: int
    state: str
    as_of: date | None
    run_number: int | None
    fits: tuple[FittedAction, ...]
    reason: str
    sums: GroupMean | None
    chunks: int
    chunks_done: int
    error: str

    @property
    def missing(self) -> tuple[FittedAction, ...]:
        return tuple(action for action in self.fits if not action.fit.is_measured)


def chosen_run(*, organisation: Organisation, now: datetime) -> Chosen:
    """What is measured of the organisation in scope: the last scored day before today, else the latest."""
    pointers = RunPointer.objects.filter(organisation=organisation).select_related("run").order_by("-as_of")
    latest = pointers.first()
    today = organisation.today(now)
    shown = latest if latest is None or latest.as_of < today else pointers.filter(as_of__lt=today).first() or latest
    return Chosen(shown.run if shown else None, latest.run_id if latest else None)


def yardstick_lines(*, template_id: UUID, version: int, clients: Collection[int]) -> dict[int, YardstickLine]:
    """By client what is known under a version, in one query; needs a scope that reads all of them.

    A result stays until that of a newer run is there.
    """
    rows = YardstickScore.objects.filter(organisation_id__in=clients, template_id=template_id, version=version)
    found: dict[int, YardstickLine] = {}
    for row in rows.select_related("run").defer("content").order_by("requested_at", "id"):
        known = found.get(row.organisation_id)
        if known is None or row.state == YardstickScore.State.DONE or known.state != YardstickScore.State.DONE:
            found[row.organisation_id] = _line(row)
    return found


def newest_asked(*, template_id: UUID, clients: Collection[int]) -> int | None:
    """The highest version that any of the clients is measured by; None before the first."""
    rows = YardstickScore.objects.filter(organisation_id__in=clients, template_id=template_id)
    version: int | None = rows.order_by("-version").values_list("version", flat=True).first()
    return version


def _line(row: YardstickScore) -> YardstickLine:
    fits = tuple(FittedAction(fit["key"], fit["name"], Fit(fit["fit"]), fit["adds"]) for fit in row.fits)
    missing = [action for action in fits if not action.fit.is_measured]
    is_scored = row.state == YardstickScore.State.DONE and not row.reason
    return YardstickLine(
        organisation_id=row.organisation_id,
        version=row.version,
        state=row.state,
        as_of=row.run.as_of if row.run else None,
        run_number=row.run.number if row.run else None,
        fits=fits,
        reason=said_of(row.reason),
        sums=GroupMean(
            n=row.n,
            total=row.sum_score_millionths,
            squares=int(row.sum_score_squares),
            open_above=any(action.adds for action in missing),
            open_below=any(not action.adds for action in missing),
        )
        if is_scored
        else None,
        chunks=row.chunks,
        chunks_done=row.chunks_done,
        error=row.error,
    )
