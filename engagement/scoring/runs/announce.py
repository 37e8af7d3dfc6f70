"""A run announced: what it will use is fixed and recorded, nothing of it is computed yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from engagement.scoring import queries
from engagement.scoring.blocks import chunk_of
from engagement.scoring.models import ScoreRun, WeightSet
from engagement.scoring.runs.lines import set_in_force
from engagement.scoring.runs.plan import RunPlan, make_plan
from engagement.scoring.runs.store import create_run, latest_pointer
from engagement.scoring.services.packing import WORTH_PACKING, open_from
from tenants.models import Organisation


@dataclass(frozen=True, eq=False, slots=True)
class Announced:
    """A run in state running, its plan, and how many chunks there were when it was announced."""

    run: ScoreRun
    plan: RunPlan
    chunks: int


def announce_run(
    *,
    organisation_id: int,
    as_of: date,
    cause: str,
    weight_set_id: UUID | None,
    requested_by: UUID | None,
    now: datetime,
    prepared: bool,
) -> Announced | None:
    """A new run over the configuration in force, in the scope at hand; None where something has to be done first.

    That is definitions to count, or many days to pack; `prepared` says that it has been done. Raises ConflictError when
    there is nothing to score with.
    """
    organisation = Organisation.objects.get(pk=organisation_id)
    ((is_counting, unpacked, last),) = queries.fetch(
        "before_run",
        organisation_id=organisation_id,
        open_from=open_from(organisation=organisation, now=now),
        worth_packing=WORTH_PACKING,
    )
    if not prepared and (is_counting or unpacked > WORTH_PACKING):
        return None
    in_force, base = set_in_force(as_of=as_of), latest_pointer(as_of=as_of)
    if weight_set_id is not None:
        weight_set = WeightSet.objects.get(pk=weight_set_id)
    elif base is not None and base.as_of == as_of and base.run.restates:
        weight_set = base.run.weight_set  # so late data never takes a restatement back
    else:
        weight_set = in_force
    plan = make_plan(organisation=organisation, as_of=as_of, weight_set=weight_set)
    run = create_run(
        plan=plan,
        cause=cause,
        base=base.run if base is not None and base.run.thinned_at is None else None,
        restates=weight_set.pk != in_force.pk,
        requested_by=requested_by,
        now=now,
    )
    return Announced(run, plan, 0 if last is None else chunk_of(last) + 1)
