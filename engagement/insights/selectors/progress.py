"""Runs, and how far a new client has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count

from engagement.ingest.models import Customer
from engagement.insights.types import FirstSteps, RunLine, RunStorage
from engagement.scoring.models import ActionDefinition, RunPointer, RunRequest, ScoreRun, Segment, WeightSet
from engagement.scoring.services.thinning import stored_bytes
from tenants.models import Organisation

_SOME_EVENTS = "SELECT count(*) FROM (SELECT 1 FROM ingest_event WHERE organisation_id = %s LIMIT 1000) AS first_ones"


RUNS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class RunsPage:
    """Some runs, newest first; requests that are not done stand before them on the first page, without a number."""

    lines: tuple[RunLine, ...]
    is_busy: bool  # something waits or is being scored, on whichever page
    page: Page[ScoreRun]


def runs(*, organisation: Organisation, limit: int = RUNS_SHOWN) -> tuple[RunLine, ...]:
    """The latest runs, newest first; requests that wait stand before them without a number."""
    return (*_requests(limit), *_run_lines(list(ScoreRun.objects.order_by("-number")[:limit])))[:limit]


def runs_page(*, organisation: Organisation, page: str) -> RunsPage:
    """A page of all runs; an impossible page is the first or the last."""
    shown = Paginator(ScoreRun.objects.order_by("-number"), RUNS_SHOWN).get_page(page)
    is_busy = (
        RunRequest.objects.filter(state=RunRequest.State.WAITING).exists()
        or ScoreRun.objects.filter(state=ScoreRun.State.RUNNING).exists()
    )
    before = _requests(RUNS_SHOWN) if shown.number == 1 else ()
    return RunsPage(lines=(*before, *_run_lines(list(shown.object_list))), is_busy=is_busy, page=shown)


def _requests(limit: int) -> tuple[RunLine, ...]:
    waiting = RunRequest.objects.exclude(state=RunRequest.State.DONE).order_by("-requested_at")[:limit]
    return tuple(
        RunLine(
            number=None,
            as_of=request.as_of,
            state=request.state,
            cause=request.cause,
            weight_set_number=None,
            customers=None,
            started_at=request.requested_at,
            finished_at=request.finished_at,
            error=request.error,
        )
        for request in waiting
    )


def _run_lines(latest: Sequence[ScoreRun]) -> tuple[RunLine, ...]:
    in_force = set(RunPointer.objects.filter(run__in=latest).values_list("run_id", flat=True))
    return tuple(
        RunLine(
            number=run.number,
            as_of=run.as_of,
            state=run.state,
            cause=run.cause,
            weight_set_number=run.uses["weight_set"],
            customers=run.customers,
            started_at=run.started_at,
            finished_at=run.finished_at,
            error=run.error,
            is_in_force=run.pk in in_force,
            thinned_at=run.thinned_at,
        )
        for run in latest
    )


def run_storage(*, organisation: Organisation) -> RunStorage:
    """How much the results per customer of all runs take."""
    sizes = stored_bytes(organisation_id=organisation.pk)
    days = ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED).order_by().values("as_of")
    return RunStorage(
        bytes=sum(sizes.values()),
        runs=len(sizes),
        thinned=ScoreRun.objects.filter(thinned_at__isnull=False).count(),
        restated_days=days.annotate(runs=Count("id")).filter(runs__gt=1).count(),
    )


def first_steps(*, organisation: Organisation) -> FirstSteps:
    """What a new client has and lacks; events are counted up to 1,000, which is enough to say that there are some."""
    with connection.cursor() as cursor:
        cursor.execute(_SOME_EVENTS, [organisation.id])
        row = cursor.fetchone()
    sets = WeightSet.objects.all()
    return FirstSteps(
        events=int(row[0]) if row else 0,
        customers=Customer.objects.filter(identified=True).count(),
        actions=ActionDefinition.objects.filter(action__archived_at__isnull=True).values("action").distinct().count(),
        weight_set_published=sets.filter(state=WeightSet.State.PUBLISHED).exists(),
        draft=sets.filter(state=WeightSet.State.DRAFT).exists(),
        segments=Segment.objects.filter(segment_set__isnull=False, archived_at__isnull=True).count(),
        runs_waiting=RunRequest.objects.filter(state=RunRequest.State.WAITING).count(),
    )
