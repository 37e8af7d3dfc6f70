"""A look at the stored events of the last days: at once where they are few, else the one that a worker took."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from engagement.scoring import queries
from engagement.scoring.local_days import midnight
from engagement.scoring.looking import LOOK_DAYS, Look, from_json, look_of
from engagement.scoring.models import EventLook
from engagement.scoring.services.counting import BLANKS
from tenants.models import Organisation

# Counted while a page is made up to here: some tens of milliseconds. Above, a worker counts and the page says when.
MOST_AT_ONCE: Final = 20_000


def current_look(*, organisation: Organisation, now: datetime) -> Look | None:
    """The events as they are now where they are few, else the look that was taken last; None before there is one."""
    if is_counted_at_once(organisation=organisation, now=now):
        return take_look(organisation=organisation, now=now)
    kept = EventLook.objects.filter(pk=organisation.pk).first()
    return None if kept is None else from_json(kept.content, looked_at=kept.looked_at)


def is_counted_at_once(*, organisation: Organisation, now: datetime) -> bool:
    """Whether the events of the last days are few enough to be counted while somebody waits."""
    window = _window(organisation, now)
    bound = {name: window[name] for name in ("organisation_id", "day_from", "day_before")}
    ((events,),) = queries.fetch("look_size", most=MOST_AT_ONCE + 1, **bound)
    return int(events) <= MOST_AT_ONCE


def take_look(*, organisation: Organisation, now: datetime) -> Look:
    """Count the stored events of the last ninety local days, the running one included."""
    window = _window(organisation, now)
    last = organisation.today(now)
    return look_of(
        looked_at=now,
        first=last - timedelta(days=LOOK_DAYS - 1),
        last=last,
        names=queries.fetch_hashed("look_names", blanks=BLANKS, **window),
        days=queries.fetch_hashed("look_days", blanks=BLANKS, zone=organisation.time_zone, **window),
    )


def _window(organisation: Organisation, now: datetime) -> dict[str, Any]:
    """The days as instants, and the days of keys that hold them: a key has the UTC day of the sender's own clock.

    What a clock sent that was wrong by more than two days, and was put right, may have another key and be missed.
    """
    last = organisation.today(now)
    first = last - timedelta(days=LOOK_DAYS - 1)
    return {
        "organisation_id": organisation.pk,
        "from": midnight(day=first, zone=organisation.zone),
        "to": midnight(day=last + timedelta(days=1), zone=organisation.zone),
        "day_from": first - timedelta(days=2),
        "day_before": last + timedelta(days=3),
    }
