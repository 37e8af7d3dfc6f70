"""Working a check off: gathered chunk by chunk, counted outside of the database, kept once."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import ConflictError
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.merges import Merges, load_merges
from engagement.validity.models import ValidityCheck, ValidityResult
from engagement.validity.selectors.gathering import CheckPlan, Gathered, check_plan, chunk_found
from engagement.validity.services.computing import segments_found, suggestion_of
from engagement.validity.stored import segment_to_json, suggestion_to_json
from engagement.validity.types import Reason, SegmentValidity, Suggestion
from tenants.jobs import Work
from tenants.models import Organisation
from tenants.scope import organisation_scope


def run_check(work: Work) -> None:
    """Find what the check asks for; nothing where it is finished. Beginning again gives the same.

    Memory: some 14 bytes a customer, a bit per segment and one chunk. Raises ConflictError where the run is kept as
    sums only by now.
    """
    with organisation_scope(work.organisation_id, write=False):
        check = ValidityCheck.objects.select_related("run", "outcome").get(pk=UUID(work.subject))
        organisation = Organisation.objects.get(pk=work.organisation_id)
        plan = check_plan(organisation=organisation, run=check.run, outcome=check.outcome)
        merges = load_merges(work.organisation_id)
    if check.finished_at is not None:
        return
    if isinstance(plan, Reason):
        _finish(work, check, reason=plan)
        return
    chunks = check.run.chunks
    work.begin(steps=chunks + 2)
    gathered = _gathered(work, plan, merges)
    found = segments_found(gathered=gathered, minimum_n=organisation.minimum_n)
    with organisation_scope(work.organisation_id):
        work.done(chunks + 1)
    suggestion = Suggestion(reason=Reason.FEW_OUTCOMES)
    if gathered.sample is not None:
        suggestion = suggestion_of(check=plan, sample=gathered.sample)
    _finish(work, check, plan=plan, found=found, suggestion=suggestion, left_out=gathered.left_out)


def _gathered(work: Work, plan: CheckPlan, merges: Merges) -> Gathered:
    gathered = Gathered(plan)
    for chunk in range(plan.run.chunks):
        with organisation_scope(work.organisation_id):
            gathered.add(chunk_found(check=plan, chunk=chunk, merges=merges))
            if ScoreRun.objects.filter(pk=plan.run.pk, thinned_at__isnull=False).exists():
                raise ConflictError(_("The day is kept as sums only by now. Score it again, then ask again."))
            work.done(chunk + 1)
    return gathered


def _finish(
    work: Work,
    check: ValidityCheck,
    *,
    reason: str = "",
    plan: CheckPlan | None = None,
    found: tuple[SegmentValidity, ...] = (),
    suggestion: Suggestion | None = None,
    left_out: int = 0,
) -> None:
    used = plan.plan if plan is not None else None
    with organisation_scope(work.organisation_id):
        ours = ValidityCheck.objects.filter(pk=check.pk, finished_at__isnull=True)
        kept = ours.update(
            finished_at=work.clock(),
            reason=reason,
            left_out=left_out,
            weight_set_number=used.weight_set_number if used else check.run.uses["weight_set"],
            window_days=check.run.uses["window_days"],
            suggestion=None if suggestion is None else suggestion_to_json(suggestion),
        )
        if not kept:
            return
        ValidityResult.objects.bulk_create(
            ValidityResult(
                organisation_id=work.organisation_id, validity_check=check, segment_key=one.key, position=at,
                figures=segment_to_json(one),
            )
            for at, one in enumerate(found)
        )  # fmt: skip
        work.finish()
