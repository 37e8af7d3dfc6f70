"""Scoring a client under a template of its firm, from the stored counts of the run that pages show, chunk by chunk."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from engagement.errors import InvalidInputError
from engagement.scoring.blocks import unpack
from engagement.scoring.formula import IntArray, column_points, customer_scores, exact_sum, sum_of_squares
from engagement.scoring.models import ActionDefinition, ScoreRun, YardstickScore
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.store import packed_blocks
from engagement.scoring.selectors.yardsticks import chosen_run
from engagement.scoring.services.preview_work import OutdatedError
from engagement.scoring.templating.content import Content
from engagement.scoring.templating.reading import read_content
from engagement.scoring.templating.yardstick import fitted, weights_on, why_not
from tenants.models import Organisation
from tenants.scope import organisation_scope

MAX_ATTEMPTS: Final = 5
_State = YardstickScore.State
_NO_RUN: Final = gettext_noop("It has not been scored yet.")
_THINNED: Final = gettext_noop("The counts of its latest scoring have been let go.")


def run_yardstick(*, organisation_id: int, row_id: UUID, now: datetime) -> bool:
    """Compute what waits, or begin anew if another run is shown by now; False where there is nothing to do.

    Called outside any scope: each chunk is a transaction of its own that adds to the row's sums, so a worker that is
    killed leaves them for the next. An unexpected failure is tried again when the lease runs out, at most MAX_ATTEMPTS
    times.
    """
    with organisation_scope(organisation_id):
        row = _claimed(organisation_id, row_id, now)
    if row is None:
        return False
    try:
        _compute(row, now)
    except OutdatedError:
        return False
    except InvalidInputError as error:  # amounts too large to be added up: the one thing that data can do wrong
        _finish(row, now, reason=error.message[:300])
    except Exception as error:
        _fail(row, error=str(error) or type(error).__name__, now=now)
        raise
    return True


def _claimed(organisation_id: int, row_id: UUID, now: datetime) -> YardstickScore | None:
    """The row to work on, ours for the time of a lease; None where somebody else is at it, or it is as it should be."""
    asked = YardstickScore.objects.filter(pk=row_id).first()
    if asked is None:
        return None
    chosen = chosen_run(organisation=Organisation.objects.get(pk=organisation_id), now=now)
    wanted_id = chosen.run.pk if chosen.run else None
    if asked.run_id != wanted_id:
        row_id = _for_run(asked, chosen.run, chosen.latest_id, now).pk
    YardstickScore.objects.filter(pk=asked.pk).update(latest_run_id=chosen.latest_id)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    claimed = YardstickScore.objects.filter(free, pk=row_id, state=_State.WAITING).update(
        lease_until=now + timedelta(seconds=settings.WORK_LEASE_SECONDS * 10), attempts=F("attempts") + 1
    )
    return YardstickScore.objects.select_related("run").get(pk=row_id) if claimed else None


def _for_run(asked: YardstickScore, run: ScoreRun | None, latest_id: UUID | None, now: datetime) -> YardstickScore:
    """The same question about another run; what waits about the former is no longer wanted."""
    row, _ = YardstickScore.objects.get_or_create(
        organisation_id=asked.organisation_id,
        template_id=asked.template_id,
        version=asked.version,
        run=run,
        defaults={"content": asked.content, "latest_run_id": latest_id, "requested_at": now},
    )
    YardstickScore.objects.filter(pk=asked.pk, state=_State.WAITING).delete()
    return row


def _compute(row: YardstickScore, now: datetime) -> None:
    content = read_content(row.content, without_bands=True)
    if row.run is None or row.run.thinned_at is not None:
        _finish(row, now, reason=_NO_RUN if row.run is None else _THINNED)
        return
    plan = plan_of(row.run)
    with organisation_scope(row.organisation_id):
        numbers = [action.definition for action in plan.actions]
        rules = dict(ActionDefinition.objects.filter(number__in=numbers).values_list("number", "rule"))
        fits = fitted(content=content, plan=plan, rules=rules)
        _keep(row, chunks=row.run.chunks, fits=[asdict(fit) for fit in fits])
    reason = why_not(content=content, plan=plan, fits=fits)
    for chunk in range(row.chunks_done, 0 if reason else row.run.chunks):
        with organisation_scope(row.organisation_id):
            found = _chunk(row.run, chunk, content, plan, fits)
            if found is None:
                reason = _THINNED
                break
            _keep(row, chunks_done=chunk + 1, **_add(row, found))
    _finish(row, now, reason=reason)


def _chunk(run: ScoreRun, chunk: int, content: Content, plan: RunPlan, fits: Any) -> IntArray | None:
    """The scores of a chunk's customers; None where it has been thinned meanwhile. Damaged blocks raise BlockError."""
    blocks = packed_blocks(table="count", run=run, only=chunk)
    if not blocks:
        return None
    columns = unpack(blocks[0][1])
    weights, places = weights_on(content=content, plan=plan, fits=fits)
    points = column_points(columns=[columns[place].copy() for place in places], weights=weights)
    return customer_scores(points=points, weights=weights)


def _add(row: YardstickScore, scores: IntArray) -> dict[str, object]:
    """The row's sums with those of a chunk. Added here: a whole number in an F() expression is cut to 32 bits."""
    row.n += len(scores)
    row.sum_score_millionths += exact_sum(scores)
    row.sum_score_squares = Decimal(int(row.sum_score_squares) + sum_of_squares(scores))
    names = ("n", "sum_score_millionths", "sum_score_squares")
    return {name: getattr(row, name) for name in names}


def _finish(row: YardstickScore, now: datetime, *, reason: str) -> None:
    """Done, with a score or the reason why there is none; then what it replaces may go."""
    with organisation_scope(row.organisation_id):
        _keep(row, state=_State.DONE, reason=reason, lease_until=None, error="", finished_at=now)
        of_template = YardstickScore.objects.filter(template_id=row.template_id).exclude(pk=row.pk)
        of_template.filter(version__lte=row.version).delete()


def _keep(row: YardstickScore, **values: object) -> None:
    """Change the row if it is still ours; raises OutdatedError if not."""
    ours = YardstickScore.objects.filter(pk=row.pk, state=_State.WAITING, attempts=row.attempts)
    if ours.update(**values) != 1:
        raise OutdatedError


def _fail(row: YardstickScore, *, error: str, now: datetime) -> None:
    final = row.attempts >= MAX_ATTEMPTS
    with organisation_scope(row.organisation_id):
        YardstickScore.objects.filter(pk=row.pk, state=_State.WAITING, attempts=row.attempts).update(
            state=_State.FAILED if final else _State.WAITING,
            error=error[:2000],
            lease_until=None if final else now + timedelta(seconds=min(600, 15 * 2**row.attempts)),
            finished_at=now if final else None,
        )
