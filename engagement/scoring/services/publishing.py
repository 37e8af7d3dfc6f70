"""Putting the draft of weights in force."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from engagement.errors import ConflictError, InvalidInputError
from engagement.ingest.wake import wake
from engagement.scoring.models import RunRequest, ScoreRun, Weight, WeightSet
from engagement.scoring.selectors.weights import weight_set_view
from engagement.scoring.services.bounds import MAX_NOTE, check_whole
from engagement.scoring.types import WeightSetView
from tenants.models import Organisation, User

_SCORING_TASK: Final = "insights.run"


def publish(
    *, organisation: Organisation, user: User | None, note: str, changed_at: datetime, now: datetime
) -> WeightSetView:
    """Make the draft the set that counts, retire the present one, and ask for a scoring of yesterday.

    All or nothing. Raises InvalidInputError without a note or full points, ConflictError without a draft or if it has
    changed since `changed_at`, which is what the person who publishes has read.
    """
    row = WeightSet.objects.select_for_update().filter(organisation=organisation, state=WeightSet.State.DRAFT).first()
    if row is None or row.changed_at != changed_at:
        raise ConflictError("The draft is not the one you opened. Look at it again, then publish.")
    _check(row, note=note)
    published = WeightSet.objects.filter(organisation=organisation, state=WeightSet.State.PUBLISHED)
    published.update(state=WeightSet.State.RETIRED)
    changed = WeightSet.objects.filter(pk=row.pk, state=WeightSet.State.DRAFT, changed_at=changed_at).update(
        state=WeightSet.State.PUBLISHED, note=note.strip(), published_by=user, published_at=now
    )
    if changed != 1:
        raise ConflictError
    _ask_for_scoring(organisation, user=user, now=now)
    return weight_set_view(WeightSet.objects.get(pk=row.pk))


def _check(row: WeightSet, *, note: str) -> None:
    problems = {}
    if not note.strip() or len(note) > MAX_NOTE:
        problems["note"] = [f"Say why, in 1 to {MAX_NOTE:,} characters: it stands in the history and on charts."]
    if row.full_points_thousandths is None:
        problems["full_points"] = ["Decide full points first: open the draft and keep it once there is data."]
    if problems:
        raise InvalidInputError("The draft cannot be published yet.", fields=problems)
    check_whole(
        Weight.objects.filter(weight_set=row),
        window_days=row.window_days,
        half_life_days=row.half_life_days,
        full_points_thousandths=row.full_points_thousandths,
    )


def _ask_for_scoring(organisation: Organisation, *, user: User | None, now: datetime) -> None:
    """Of yesterday, the last finished day; asking for a day that waits already is asking once."""
    request, _ = RunRequest.objects.get_or_create(
        organisation=organisation,
        as_of=organisation.today(now) - timedelta(days=1),
        state=RunRequest.State.WAITING,
        defaults={"cause": ScoreRun.Cause.REQUEST, "requested_by": user, "requested_at": now},
    )
    wake(_SCORING_TASK, organisation.pk, request.pk)
