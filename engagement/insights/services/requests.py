"""Asking for a scoring, and working the request off: a row with a lease, so that nothing asked for is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import F, Q
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, RapportError
from engagement.insights.services.postponing import postpone_while_recounting
from engagement.insights.services.score import score
from engagement.insights.signals import request_ended
from engagement.scoring.models import RunRequest, ScoreRun
from engagement.scoring.runs.plan import published_set
from engagement.scoring.services import day_scored
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.scope import organisation_scope, require_write
from tenants.wake import wake

MAX_ATTEMPTS = 5
log = structlog.get_logger(__name__)


def request_run(
    *, organisation: Organisation, as_of: date | None, user: User | None, cause: str, now: datetime
) -> RunRequest:
    """Ask for a scoring of a day, by default yesterday; asking twice for a day that waits is asking once.

    Raises InvalidInputError for a day that has not begun, ConflictError when no weights have been published.
    """
    today = organisation.today(now)
    day = as_of or today - timedelta(days=1)
    if day > today:
        said = _("{day} has not begun yet. The latest day is {today}.").format(day=day, today=today)
        raise InvalidInputError(fields={"as_of": [said]})
    if day < date(2000, 1, 1):
        raise InvalidInputError(fields={"as_of": [_("Days before 2000 hold no events.")]})
    published_set()
    waiting = RunRequest.objects.filter(as_of=day, state=RunRequest.State.WAITING, restatement=None).first()
    if waiting is not None:
        return waiting
    asked = RunRequest(organisation_id=require_write(), as_of=day, cause=cause, requested_by=user, requested_at=now)
    # First the record, then the row: publishing, too, asks for scorings when it may be on record already, and two who
    # took the chain's lock and the day's in opposite order would wait for each other.
    new = {"as_of": day, "cause": cause}
    audit_append(act="scoring.requested", object_kind="run_request", object_id=asked.pk, new=new)
    asked.save(force_insert=True)
    return asked


def score_now(*, organisation_id: int, as_of: date, cause: str, now: datetime) -> ScoreRun:
    """Score a day at once, as somebody asks for it on the server; put on record like a request. Raises as score does.

    Called outside any scope.
    """
    with organisation_scope(organisation_id):
        audit_append(act="scoring.requested", object_kind="run_request", new={"as_of": as_of, "cause": cause})
    return score(organisation_id=organisation_id, as_of=as_of, cause=cause, now=now)


def _claim(*, organisation_id: int, request_id: UUID, now: datetime) -> RunRequest | None:
    with organisation_scope(organisation_id):
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        claimed = RunRequest.objects.filter(free, pk=request_id, state=RunRequest.State.WAITING).update(
            lease_until=now + timedelta(seconds=settings.WORK_LEASE_SECONDS * 10), attempts=F("attempts") + 1
        )
        return RunRequest.objects.select_related("restatement").get(pk=request_id) if claimed else None


def run_request(*, organisation_id: int, request_id: UUID, now: datetime) -> ScoreRun | None:
    """Do what was asked for; None when somebody else is at it, it is done, or it has to wait (postponing.py).

    What cannot work (no weights, rules that do not read) ends the request with its message; an unexpected failure is
    tried again when the lease runs out, at most MAX_ATTEMPTS times.
    """
    request = _claim(organisation_id=organisation_id, request_id=request_id, now=now)
    if request is None or postpone_while_recounting(request=request, now=now):
        return None
    try:
        run = score(
            organisation_id=organisation_id,
            as_of=request.as_of,
            cause=request.cause,
            requested_by=request.requested_by_id,
            weight_set_id=request.restatement.weight_set_id if request.restatement else None,
            now=now,
        )
    except Exception as error:
        expected = isinstance(error, RapportError)
        is_wanted = _end(
            request,
            error=str(error) or type(error).__name__,
            final=expected or request.attempts >= MAX_ATTEMPTS,
            now=now,
        )
        if expected or not is_wanted:
            return None
        raise
    with organisation_scope(organisation_id):
        RunRequest.objects.filter(pk=request_id).update(
            state=RunRequest.State.DONE, run=run, lease_until=None, error="", finished_at=now
        )
        if request.restatement_id is not None:
            day_scored(restatement_id=request.restatement_id, run=run, now=now)
    request_ended.send(sender=RunRequest, outcome="published", organisation_id=organisation_id)
    wake("insights.alerts", organisation_id, run.pk)
    return run


def run_group(*, requests: Iterable[tuple[int, UUID]], clock: Callable[[], datetime]) -> int:
    """Work requests of several organisations off, one after the other; returns how many gave a run.

    Each is claimed when its turn comes and scored in scopes of its own organisation, so what a killed worker had not
    begun is free for the next. A failing one is written down as ever and does not stop the others.
    """
    published = 0
    for organisation_id, request_id in requests:
        try:
            published += run_request(organisation_id=organisation_id, request_id=request_id, now=clock()) is not None
        except Exception:
            log.exception("scoring_failed", organisation_id=organisation_id, scoring_request=str(request_id))
            connection.close_if_unusable_or_obsolete()
    return published


def _end(request: RunRequest, *, error: str, final: bool, now: datetime) -> bool:
    """Write down what went wrong; False if the request has been taken back meanwhile."""
    with organisation_scope(request.organisation_id):
        changed = RunRequest.objects.filter(pk=request.pk).update(
            state=RunRequest.State.FAILED if final else RunRequest.State.WAITING,
            error=error[:2000],
            lease_until=None if final else now + timedelta(seconds=min(600, 15 * 2**request.attempts)),
            finished_at=now if final else None,
        )
        if final and request.restatement_id is not None:
            day_scored(restatement_id=request.restatement_id, run=None, now=now)
    if changed:
        request_ended.send(sender=RunRequest, outcome="failed" if final else "again")
    return changed == 1
