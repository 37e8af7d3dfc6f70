"""The past scored again with the set that counts now, by choice: day by day, in the background, to be taken back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring.models import PublishingStep, Restatement, RunPointer, RunRequest, ScoreRun, WeightSet
from engagement.scoring.runs.lines import restore
from engagement.scoring.runs.store import fail_run
from engagement.scoring.services.effective import days_to_restate
from engagement.scoring.services.numbering import lock_versions
from engagement.scoring.services.on_record import record
from engagement.scoring.services.scorings import SCORING_TASK, ask_for_scoring
from tenants.models import Organisation, User
from tenants.wake import wake

_STATES = Restatement.State
_CANCELLED: Final = gettext_noop("The restatement was cancelled.")  # kept with the run, and said where it is shown


def restate(*, organisation: Organisation, number: int, first_day: date, user: User | None, now: datetime) -> int:
    """Score the finished days from `first_day` on again that were scored with another set; returns how many.

    The runs that counted before stay, with their snapshots. Raises NotFoundError for an unknown set, ConflictError if
    it is not the set in force or a restatement is running, InvalidInputError where there is no such day.
    """
    lock_versions()
    row = WeightSet.objects.filter(organisation=organisation, number=number).first()
    if row is None:
        raise NotFoundError
    if row.state != WeightSet.State.PUBLISHED:
        text = _("Set {number} is not the one that counts: the past is restated with the set in force.")
        raise ConflictError(text.format(number=number))
    if Restatement.objects.filter(organisation=organisation, state=_STATES.RUNNING).exists():
        raise ConflictError(_("The past is being restated already. Wait until it is done, or cancel it."))
    yesterday = organisation.last_finished_day(now)
    days = days_to_restate(weight_set=row, first_day=first_day, last_day=yesterday)
    if not days:
        text = _("No finished day from {day} on has been scored with another set. Choose an earlier day.")
        raise InvalidInputError(fields={"first_day": [text.format(day=first_day)]})
    _begin(row, organisation=organisation, first_day=first_day, days=days, user=user, now=now)
    return len(days)


def begin_owed(*, organisation: Organisation, now: datetime) -> None:
    """Begin the restatement that was chosen when the set in force was published, unless it has begun or one runs."""
    row = WeightSet.objects.filter(organisation=organisation, state=WeightSet.State.PUBLISHED).first()
    if row is None or row.restate_from is None or row.effective_from is None:
        return
    begun = Restatement.objects.filter(organisation=organisation)
    if begun.filter(weight_set=row).exists() or begun.filter(state=_STATES.RUNNING).exists():
        return
    last_day = row.effective_from - timedelta(days=1)
    days = days_to_restate(weight_set=row, first_day=row.restate_from, last_day=last_day)
    if days:
        _begin(
            row, organisation=organisation, first_day=row.restate_from, days=days, user=row.published_by, now=now
        )  # fmt: skip


def day_scored(*, restatement_id: UUID, run: ScoreRun | None, now: datetime) -> None:
    """After one day of a restatement, scored or given up: ask for the next, or end.

    A day that was scored while the restatement was taken back is taken back too.
    """
    row = Restatement.objects.select_for_update().get(pk=restatement_id)
    if row.state != _STATES.RUNNING:
        if run is not None:
            restore(run, now=now)
        return
    if not _ask_for_next(row, now=now):
        row.state, row.finished_at = _STATES.DONE, now
        row.save(update_fields=["state", "finished_at"])
        begin_owed(organisation=Organisation.objects.get(pk=row.organisation_id), now=now)


def take_back(*, organisation: Organisation, number: int, user: User | None, now: datetime) -> int:
    """Cancel the latest restatement with a set, or take it back when it is done; returns how many days went back.

    What counted on each day before counts again; the restated runs stay on record. A day that has been scored once more
    since is scored again, so that nothing that came in late is lost. Raises NotFoundError for an unknown set,
    ConflictError if there is none or it has been taken back.
    """
    rows = Restatement.objects.select_for_update(of=("self",)).select_related("weight_set")
    row = rows.filter(organisation=organisation, weight_set__number=number).order_by("-requested_at").first()
    if row is None:
        if not WeightSet.objects.filter(organisation=organisation, number=number).exists():
            raise NotFoundError
        raise ConflictError(_("The past has not been restated with set {number}.").format(number=number))
    if row.state == _STATES.CANCELLED:
        raise ConflictError(_("This restatement has been taken back already."))
    row.state, row.finished_at = _STATES.CANCELLED, now
    row.save(update_fields=["state", "finished_at"])
    row.requests.filter(state=RunRequest.State.WAITING).delete()
    running = ScoreRun.objects.filter(state=ScoreRun.State.RUNNING, cause=ScoreRun.Cause.RESTATED)
    for run_id in running.filter(weight_set=row.weight_set).values_list("pk", flat=True):
        fail_run(run_id=run_id, error=_CANCELLED, now=now)
    restored, changed_since = _restore_all(row, now=now)
    ask_for_scoring(organisation=organisation, days=changed_since, user=user, now=now)
    record(row.weight_set, what=PublishingStep.What.RESTORED, by=user, now=now)
    begin_owed(organisation=organisation, now=now)
    return restored


def _restore_all(row: Restatement, *, now: datetime) -> tuple[int, list[date]]:
    """Every day of a restatement as it was: how many, and those that were scored again since."""
    done = row.requests.filter(run__isnull=False).select_related("run")
    in_force = dict(RunPointer.objects.filter(as_of__in=row.days).values_list("as_of", "run_id"))
    restored = [request for request in done if request.run is not None and restore(request.run, now=now)]
    changed_since = [request.as_of for request in restored if in_force[request.as_of] != request.run_id]
    return len(restored), changed_since


def _begin(
    row: WeightSet, *, organisation: Organisation, first_day: date, days: list[date], user: User | None, now: datetime
) -> None:
    restatement = Restatement.objects.create(
        organisation=organisation,
        weight_set=row,
        first_day=first_day,
        days=[day.isoformat() for day in days],
        requested_by=user,
        requested_at=now,
    )
    record(row, what=PublishingStep.What.RESTATED, by=user, now=now, note=f"{len(days)} days from {first_day} on")
    _ask_for_next(restatement, now=now)


def _ask_for_next(row: Restatement, *, now: datetime) -> bool:
    """Ask for the newest day that has not been asked for; False when there is none."""
    asked = set(row.requests.values_list("as_of", flat=True))
    day = next((day for day in map(date.fromisoformat, row.days) if day not in asked), None)
    if day is None:
        return False
    request = RunRequest.objects.create(
        organisation_id=row.organisation_id,
        as_of=day,
        cause=ScoreRun.Cause.RESTATED,
        restatement=row,
        requested_by_id=row.requested_by_id,
        requested_at=now,
    )
    wake(SCORING_TASK, row.organisation_id, request.pk)
    return True
