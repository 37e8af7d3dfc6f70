"""How often a client is reviewed, and who leads."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.reviews.models import ReviewSetting
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User

LONGEST: Final = 60


def set_rhythm(
    *, organisation: Organisation, every: str, leader: User | None, working_days: int, now: datetime
) -> ReviewSetting:
    """Say how often, who leads, and how many working days after a period. InvalidInputError with fields.

    With another rhythm its days begin today: nothing is overdue at once.
    """
    problems: dict[str, list[str]] = {}
    if every not in ReviewSetting.Every.values:
        problems["every"] = [_("Choose how often.")]
    if not 0 <= working_days <= LONGEST:
        problems["working_days"] = [_("Give a number of days from 0 to {most}.").format(most=LONGEST)]
    if problems:
        raise InvalidInputError(fields=problems)
    today = organisation.today(now)
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    found = ReviewSetting.objects.select_for_update().first() or ReviewSetting(organisation=organisation, since=today)
    before = _said(found)
    if found.every != every:
        found.since = today
    found.every, found.leader, found.working_days = every, leader, working_days
    found.save()
    old, new = changed(before, _said(found))
    if new:
        audit_append(act="review.rhythm_set", object_kind="organisation", object_id=organisation.pk, old=old, new=new)
    return found


def _said(found: ReviewSetting) -> dict[str, object]:
    return {"every": str(found.every), "leader": found.leader_id, "working_days": found.working_days}
