"""Previews that take long: asked for when a draft is kept, worked off chunk by chunk, given up for a newer draft."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from engagement.errors import InvalidInputError, NotFoundError
from engagement.scoring.models import PreviewJob, WeightSet
from engagement.scoring.runs.chunk import n_chunks
from engagement.scoring.runs.merges import Merges, load_merges
from engagement.scoring.selectors.counted import SidePair, activity_pair
from engagement.scoring.selectors.preview_kept import to_stored
from engagement.scoring.selectors.previews import Sources, gathered, nothing, said, sources_of
from engagement.scoring.types import DraftPreview
from tenants.models import Organisation
from tenants.scope import organisation_scope, require_write
from tenants.wake import wake

MAX_ATTEMPTS: Final = 5
_TASK: Final = "insights.preview"
_WAITING = PreviewJob.State.WAITING


class OutdatedError(RuntimeError):
    """The draft, or what it is compared with, has changed: what is being computed is not wanted any more."""


def ask_for_preview(*, organisation: Organisation, draft: WeightSet, now: datetime) -> PreviewJob | None:
    """Have the kept draft computed by a worker, if that is needed; asking again for what is known changes nothing.

    None where the preview is computed at once, or nothing can be computed at all.
    """
    sources = _sources(organisation, draft, now)
    if sources.is_direct or sources.obstacle:
        return None
    PreviewJob.objects.exclude(weight_set=draft).delete()  # of a draft that has been published
    fresh = {"state": _WAITING, "chunks": 0, "chunks_done": 0, "lease_until": None, "attempts": 0, "error": ""}
    job, made = PreviewJob.objects.select_for_update().get_or_create(
        organisation_id=require_write(),
        weight_set=draft,
        defaults={"fingerprint": sources.fingerprint, "requested_at": now, **fresh},
    )
    if not made and (job.fingerprint != sources.fingerprint or job.state == PreviewJob.State.FAILED):
        fresh |= {"fingerprint": sources.fingerprint, "requested_at": now, "result": None, "finished_at": None}
        PreviewJob.objects.filter(pk=job.pk).update(**fresh)
    wake(_TASK, job.organisation_id, job.pk)
    return job


def ask_for_kept_preview(*, organisation: Organisation, now: datetime) -> PreviewJob | None:
    """The same for the draft as it was kept; raises NotFoundError without one."""
    draft = WeightSet.objects.filter(organisation=organisation, state=WeightSet.State.DRAFT).first()
    if draft is None:
        raise NotFoundError
    return ask_for_preview(organisation=organisation, draft=draft, now=now)


def run_preview(*, organisation_id: int, job_id: UUID, now: datetime) -> DraftPreview | None:
    """Compute what was asked for; None when somebody else is at it, it is done, or the draft has changed meanwhile.

    Called outside any scope: each chunk is read in a transaction of its own that sees one moment of the data, so both
    sides of every customer are of that moment. An unexpected failure is tried again when the lease runs out, at most
    MAX_ATTEMPTS times.
    """
    job = _claim(organisation_id=organisation_id, job_id=job_id, now=now)
    if job is None:
        return None
    try:
        return _compute(job, now)
    except OutdatedError:
        return None
    except Exception as error:
        _fail(job, error=str(error) or type(error).__name__, now=now)
        raise


def _sources(organisation: Organisation, draft: WeightSet, now: datetime) -> Sources:
    yesterday = organisation.last_finished_day(now)
    return sources_of(organisation=organisation, draft=draft, as_of=yesterday)


def _claim(*, organisation_id: int, job_id: UUID, now: datetime) -> PreviewJob | None:
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        claimed = PreviewJob.objects.filter(free, pk=job_id, state=_WAITING).update(
            lease_until=now + timedelta(seconds=settings.WORK_LEASE_SECONDS * 10), attempts=F("attempts") + 1
        )
        return PreviewJob.objects.select_related("weight_set").get(pk=job_id) if claimed else None


def _compute(job: PreviewJob, now: datetime) -> DraftPreview | None:
    with organisation_scope(job.organisation_id):
        sources = _sources(Organisation.objects.get(pk=job.organisation_id), job.weight_set, now)
        is_draft = job.weight_set.state in {WeightSet.State.DRAFT, WeightSet.State.PROPOSED}
        if not is_draft or sources.counts is not None or sources.fingerprint != job.fingerprint:
            # Published, or a scoring has come since: whoever looks asks again, or needs no worker any more.
            PreviewJob.objects.filter(pk=job.pk, fingerprint=job.fingerprint).delete()
            return None
        chunks, merges = n_chunks(job.organisation_id), load_merges(job.organisation_id)
        _keep(job, chunks=chunks)
    try:
        compared = gathered(sources=sources, pairs=_pairs(job, sources, chunks, merges))
    except InvalidInputError as error:
        compared, problem = None, error.message
    with organisation_scope(job.organisation_id):
        preview = (
            nothing(sources=sources, reason=problem) if compared is None else said(sources=sources, compared=compared)
        )
        _keep(job, state=PreviewJob.State.DONE, result=to_stored(preview), lease_until=None, error="", finished_at=now)
    return preview


def _pairs(job: PreviewJob, sources: Sources, chunks: int, merges: Merges) -> Iterator[SidePair]:
    for chunk in range(chunks):
        with _one_moment(job.organisation_id):
            pair = activity_pair(compared=sources.compared, chunk=chunk, merges=merges)
        yield pair
        with organisation_scope(job.organisation_id):
            _keep(job, chunks_done=chunk + 1)


@contextmanager
def _one_moment(organisation_id: int) -> Iterator[None]:
    """A reading scope that sees one moment of the data; inside another transaction (tests) that is decided already."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with organisation_scope(organisation_id, write=False):
            yield


def _keep(job: PreviewJob, **values: object) -> None:
    """Change the row if it still asks for what is being computed; raises OutdatedError if not."""
    wanted = PreviewJob.objects.filter(pk=job.pk, fingerprint=job.fingerprint, state=_WAITING)
    if wanted.update(**values) != 1:
        raise OutdatedError


def _fail(job: PreviewJob, *, error: str, now: datetime) -> None:
    final = job.attempts >= MAX_ATTEMPTS
    with organisation_scope(job.organisation_id):
        PreviewJob.objects.filter(pk=job.pk, fingerprint=job.fingerprint, state=_WAITING).update(
            state=PreviewJob.State.FAILED if final else _WAITING,
            error=error[:2000],
            lease_until=None if final else now + timedelta(seconds=min(600, 15 * 2**job.attempts)),
            finished_at=now if final else None,
        )
