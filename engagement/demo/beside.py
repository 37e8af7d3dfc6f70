"""What stands beside the samples' scores, measured as a person would who takes the proposal as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any


def measure_beside(organisation_id: int, **changes: Any) -> int:
    """Put the proposal in force where it names purchases, and compute the months that were scored; how many.

    `changes` are fields of `Measuring` that somebody says otherwise than proposed.
    """
    from django.utils import timezone  # noqa: PLC0415

    from engagement.companions.selectors import proposed  # noqa: PLC0415
    from engagement.companions.services import compute, set_measuring  # noqa: PLC0415
    from tenants.models import Organisation  # noqa: PLC0415
    from tenants.scope import organisation_scope  # noqa: PLC0415

    now = timezone.now()
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        measuring = replace(proposed(organisation=organisation), **changes)
        if not measuring.purchases:
            return 0
        set_measuring(organisation=organisation, measuring=measuring, user=None, now=now)
    return compute(organisation_id=organisation_id, now=now)
