"""What deleting old events means for activity: what was counted stays, and is all that is known of those days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring import queries
from engagement.scoring.models import WeightSet
from tenants.models import Organisation


def check_keeping(*, organisation: Organisation, changed: Collection[str]) -> None:
    """Raises InvalidInputError where events would be deleted that the window in force may still have to count anew."""
    keep = organisation.keep_event_days
    if keep is None or not {"keep_event_days", "late_days"} & set(changed):
        return
    states = (WeightSet.State.PUBLISHED, WeightSet.State.SCHEDULED)
    found = WeightSet.objects.filter(organisation=organisation, state__in=states)
    window = found.order_by("-window_days").values_list("window_days", flat=True).first()
    if window is not None and keep < (least := window + organisation.late_days):
        text = _(
            "The weights in force or scheduled count {window} days, and days stay open for {late}: "
            "keep events for {least} days at least, or publish weights with a shorter window first."
        ).format(window=window, late=organisation.late_days, least=least)
        raise InvalidInputError(fields={"keep_event_days": [text]})


def window_problem(*, organisation: Organisation, window_days: int) -> str:
    """What is wrong with a window that reaches beyond the events that are kept; "" where it does not.

    Points would fall without anybody having done less, as soon as days had to be counted anew.
    """
    keep, late = organisation.keep_event_days, organisation.late_days
    if keep is None or window_days + late <= keep:
        return ""
    return _(
        "The window is {window} days, but events are kept for {keep}, and days stay open for {late}: choose a "
        "window of {most} days at most, or have an admin keep events for longer."
    ).format(window=window_days, keep=keep, late=late, most=max(1, keep - late))


def let_go(*, organisation_id: int, before: datetime, cursor: CursorWrapper) -> bool:
    """Note that events which happened before the instant are about to be deleted, in the transaction at hand.

    False, and nothing noted, while definitions are being counted from them. Runs over the owner's connection.
    """
    cursor.execute(queries.statement("lock_counting_shared"), {"organisation_id": organisation_id})
    cursor.execute(queries.statement("is_counting"), {"organisation_id": organisation_id})
    ((is_counting,),) = cursor.fetchall()
    if is_counting:
        return False
    cursor.execute(queries.statement("note_events_from"), {"organisation_id": organisation_id, "events_from": before})
    return True
