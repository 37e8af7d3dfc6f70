"""A new weight set with the numbers of another."""

from __future__ import annotations

from datetime import datetime

from engagement.scoring.models import Action, OverrideWeight, Weight, WeightOverride, WeightSet
from engagement.scoring.services.defaults import DEFAULT_WINDOW_DAYS, default_weight_thousandths
from tenants.models import Organisation, User


def copy_set(
    *,
    organisation: Organisation,
    source: WeightSet | None,
    number: int,
    state: str,
    user: User | None,
    now: datetime,
) -> WeightSet:
    """A new set with the numbers of another, without what is archived; without a source, with the defaults.

    Full points copied from a set are a number of one's own, which never changes by itself.
    """
    full_points = source.full_points_thousandths if source else None
    row = WeightSet.objects.create(
        organisation=organisation,
        number=number,
        state=state,
        window_days=source.window_days if source else DEFAULT_WINDOW_DAYS,
        half_life_days=source.half_life_days if source else None,
        full_points_thousandths=full_points,
        full_points_from="median" if full_points is None else "own",
        based_on=source.number if source else None,
        created_by=user,
        created_at=now,
        changed_at=now,
    )
    if source is not None:
        for weight in Weight.objects.filter(weight_set=source, action__archived_at__isnull=True):
            Weight.objects.create(
                organisation=organisation,
                weight_set=row,
                action_id=weight.action_id,
                weight_thousandths=weight.weight_thousandths,
                cap=weight.cap,
            )
        _copy_overrides(source, row)
    fit_to_actions(row, is_first=source is None)
    return row


def fit_to_actions(row: WeightSet, *, is_first: bool = False) -> None:
    """A line for every action in use and for no other, in the set and in its own weights for segments.

    A new line is 0, so that no action moves the score by itself; in the first set, the default. Own weights of segments
    that are archived by now go.
    """
    Weight.objects.filter(weight_set=row, action__archived_at__isnull=False).delete()
    known = Weight.objects.filter(weight_set=row).values_list("action_id", flat=True)
    for action in Action.objects.filter(archived_at__isnull=True).exclude(pk__in=list(known)):
        weight = default_weight_thousandths(action.key) if is_first else 0
        Weight.objects.create(
            organisation_id=row.organisation_id, weight_set=row, action=action, weight_thousandths=weight
        )
    fit_overrides(row)


def fit_overrides(row: WeightSet) -> None:
    """Own weights for segments in use only, with a line for each action of the set; a new line is 0."""
    overrides = WeightOverride.objects.filter(weight_set=row)
    overrides.filter(segment__archived_at__isnull=False).delete()
    wanted = set(Weight.objects.filter(weight_set=row).values_list("action_id", flat=True))
    missing = []
    for override in overrides.prefetch_related("weights"):
        known = {line.action_id for line in override.weights.all()}
        OverrideWeight.objects.filter(override=override, action_id__in=list(known - wanted)).delete()
        missing += [
            OverrideWeight(organisation_id=row.organisation_id, override=override, action_id=action_id)
            for action_id in sorted(wanted - known)
        ]
    OverrideWeight.objects.bulk_create(missing)


def _copy_overrides(source: WeightSet, row: WeightSet) -> None:
    """All of them; what does not fit any more goes with `fit_to_actions`."""
    lines = []
    for override in WeightOverride.objects.filter(weight_set=source).prefetch_related("weights"):
        copied = WeightOverride.objects.create(
            organisation_id=row.organisation_id,
            weight_set=row,
            segment_id=override.segment_id,
            full_points_thousandths=override.full_points_thousandths,
        )
        lines += [
            OverrideWeight(
                organisation_id=row.organisation_id,
                override=copied,
                action_id=line.action_id,
                weight_thousandths=line.weight_thousandths,
                cap=line.cap,
            )
            for line in override.weights.all()
        ]
    OverrideWeight.objects.bulk_create(lines)
