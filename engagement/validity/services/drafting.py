"""Suggested weights as a draft, for people to look at: nothing here publishes anything."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from engagement.errors import ConflictError
from engagement.scoring.models import WeightSet
from engagement.scoring.selectors.weights import to_points
from engagement.scoring.services import change_draft, discard_draft
from engagement.scoring.services.weights import draft, lock_draft
from engagement.scoring.types import DraftChange, WeightChange, WeightSetView
from engagement.validity.selectors.checks import one_check
from engagement.validity.types import Standing, Suggestion
from tenants.models import Organisation, User


def draft_suggested(
    *, organisation: Organisation, number: int, replaces: bool, user: User | None, now: datetime
) -> WeightSetView:
    """A draft with the weights that a check suggests, based on the set in force; caps, window and full points stay.

    What is not known keeps its weight. Raises NotFoundError for an unknown check, ConflictError where it suggests
    nothing, was made for other weights than those in force, or somebody's draft is open and is not to be replaced.
    """
    found = one_check(organisation=organisation, number=number, now=now)
    suggestion = _usable(found.suggestion, weight_set=found.line.weight_set_number)
    if lock_draft(organisation) is not None:
        if not replaces:
            text = _("There is a draft already. Say that it is to be replaced, or publish or discard it first.")
            raise ConflictError(text)
        discard_draft(organisation=organisation)
    view = draft(organisation=organisation, user=user, now=now)
    caps = {line.key: line.cap for line in view.weights}
    change = DraftChange(
        weights={
            line.key: WeightChange(to_points(line.thousandths), caps[line.key])
            for line in suggestion.weights
            if line.standing == Standing.SUGGESTED and line.key in caps
        },
        window_days=view.window_days,
        half_life_days=view.half_life_days,
        full_points=view.full_points,
        full_points_from="own",
        note=_("Suggested by validity check {number}.").format(number=number),
        changed_at=view.changed_at,
    )
    return change_draft(organisation=organisation, change=change, user=user, now=now)


def _usable(suggestion: Suggestion | None, *, weight_set: int | None) -> Suggestion:
    if suggestion is None or suggestion.reason:
        raise ConflictError(_("This check suggests no weights."))
    published = WeightSet.objects.filter(state=WeightSet.State.PUBLISHED).values_list("number", flat=True).first()
    if published != weight_set:
        text = _("The weights were suggested beside set {then}, and set {now} is in force: ask for a new check.")
        raise ConflictError(text.format(then=weight_set, now=published))
    return suggestion
