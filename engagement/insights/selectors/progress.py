"""Runs, and how far a new client has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, F, OrderBy, QuerySet

from engagement.ingest.models import Customer
from engagement.insights.models import Target
from engagement.insights.types import FirstSteps, RunLine, RunStorage
from engagement.look.remaining import seconds_left
from engagement.look.sorting import Order
from engagement.scoring.models import (
    ActionDefinition,
    ActivityBlock,
    ActivityOpen,
    RunChunk,
    RunPart,
    RunPointer,
    RunRequest,
    ScoreRun,
    Segment,
    WeightSet,
)
from engagement.scoring.runs.store import run_in_force
from engagement.scoring.services.thinning import stored_bytes
from tenants.models import Organisation

_SOME_EVENTS = "SELECT count(*) FROM (SELECT 1 FROM ingest_event WHERE organisation_id = %s LIMIT 1000) AS first_ones"


RUNS_SHOWN = 50
_SETS_LOOKED_AT = 50  # a client whose first score is still to come has a few


@dataclass(frozen=True, slots=True)
class RunsPage:
    """Some runs, newest first; requests that are not done stand before them on the first page, without a number."""

    lines: tuple[RunLine, ...]
    is_busy: bool  # something waits or is being scored, on whichever page
    page: Page[ScoreRun]


def runs(*, organisation: Organisation, limit: int = RUNS_SHOWN) -> tuple[RunLine, ...]:
    """The latest runs, newest first; requests that wait stand before them without a number."""
    return (*_requests(limit), *_run_lines(list(ScoreRun.objects.order_by("-number")[:limit])))[:limit]


# By what runs can be sorted; those that have no such value stand last, and the newest first among equals.
RUN_COLUMNS = {"day": F("as_of"), "run": F("number"), "customers": F("customers"), "begun": F("started_at")}


def runs_page(*, organisation: Organisation, page: str, now: datetime, order: Order | None = None) -> RunsPage:
    """A page of all runs, the newest first unless another order is asked for; an impossible page is first or last."""
    shown = Paginator(ScoreRun.objects.order_by(*_run_order(order), "-number"), RUNS_SHOWN).get_page(page)
    is_busy = (
        RunRequest.objects.filter(state=RunRequest.State.WAITING).exists()
        or ScoreRun.objects.filter(state=ScoreRun.State.RUNNING).exists()
    )
    before = _requests(RUNS_SHOWN) if shown.number == 1 else ()
    return RunsPage(lines=(*before, *_paced(_run_lines(list(shown.object_list)), now=now)), is_busy=is_busy, page=shown)


def _run_order(order: Order | None) -> list[OrderBy]:
    if order is None:
        return []
    column = RUN_COLUMNS[order.column]
    return [column.desc(nulls_last=True) if order.is_descending else column.asc(nulls_last=True)]


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


def _paced(lines: tuple[RunLine, ...], *, now: datetime) -> tuple[RunLine, ...]:
    """Shared runs under way with how long they still take: parts are done, chunks are all there are."""
    running = [line.number for line in lines if line.number and line.state == ScoreRun.State.RUNNING]
    if not running:
        return lines
    ids = dict(ScoreRun.objects.filter(number__in=running).values_list("number", "pk"))
    chunks = _count_by_run(RunChunk.objects.filter(run_id__in=list(ids.values())))
    parts = _count_by_run(RunPart.objects.filter(run_id__in=list(ids.values())))
    return tuple(
        replace(line, seconds_left=seconds_left(elapsed=now - line.started_at, done=parts.get(key, 0), total=total))
        if line.number and (key := ids.get(line.number)) and (total := chunks.get(key))
        else line
        for line in lines
    )


def _count_by_run(rows: QuerySet[RunChunk] | QuerySet[RunPart]) -> dict[UUID, int]:
    return dict(rows.order_by().values_list("run_id").annotate(n=Count("chunk")))


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
    sets = list(WeightSet.objects.order_by("number")[:_SETS_LOOKED_AT])
    states, first = {row.state for row in sets}, next(iter(sets), None)
    return FirstSteps(
        events=int(row[0]) if row else 0,
        customers=Customer.objects.filter(identified=True).count(),
        actions=ActionDefinition.objects.filter(action__archived_at__isnull=True).values("action").distinct().count(),
        weight_set_published=WeightSet.State.PUBLISHED in states,
        draft=WeightSet.State.DRAFT in states,
        segments=Segment.objects.filter(segment_set__isnull=False, archived_at__isnull=True).count(),
        runs_waiting=RunRequest.objects.filter(state=RunRequest.State.WAITING).count()
        + ScoreRun.objects.filter(state=ScoreRun.State.RUNNING).count(),
        counted=ActivityOpen.objects.exists() or ActivityBlock.objects.exists(),
        weights_chosen=len(sets) > 1 or (first is not None and first.changed_at != first.created_at),
        full_points=any(row.full_points_thousandths is not None for row in sets),
        proposed=WeightSet.State.PROPOSED in states,
        scored=RunPointer.objects.exists(),
        targets=Target.objects.filter(retired_at__isnull=True).count(),
    )


def has_score(*, organisation: Organisation) -> bool:
    """Whether any day has a score."""
    return run_in_force() is not None
