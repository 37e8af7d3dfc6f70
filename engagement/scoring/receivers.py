"""What this step does when something happens in an earlier one; connected when the app is ready."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.backends.utils import CursorWrapper

from engagement.ingest.signals import (
    StoredEvent,
    customer_erased,
    days_replaced,
    events_outlived,
    events_stored,
    names_counted,
)
from engagement.scoring.models import Segment
from engagement.scoring.selectors.taken_names import counted_names
from engagement.scoring.services.activity import count_stored, recount_days
from engagement.scoring.services.defaults import create_defaults
from engagement.scoring.services.erasing import register as register_erasers
from engagement.scoring.services.event_names import register as register_look_eraser
from engagement.scoring.services.labelling import forget_replaced
from engagement.scoring.services.labelling import register as register_label_eraser
from engagement.scoring.services.retention import check_keeping, let_go
from engagement.scoring.services.roll_up import recount_everything
from engagement.scoring.services.scorings import ask_again
from tenants.limits import SegmentChoice
from tenants.models import Organisation
from tenants.signals import client_created, segments_asked, settings_changed, settings_checked
from tenants.wake import wake


def on_client_created(sender: object, *, organisation: Organisation, now: datetime, **_rest: Any) -> None:
    create_defaults(organisation=organisation, now=now)


def on_events_stored(
    sender: object, *, organisation: Organisation, events: tuple[StoredEvent, ...], **_rest: Any
) -> None:
    count_stored(organisation=organisation, events=events)


def on_days_replaced(sender: object, *, organisation: Organisation, days: tuple[date, ...], **_rest: Any) -> None:
    forget_replaced(organisation=organisation, days=days)
    recount_days(organisation=organisation, days=days)


def on_settings_changed(
    sender: object, *, organisation: Organisation, changed: frozenset[str], now: datetime, **_rest: Any
) -> None:
    """Another time zone means other local days: every definition is counted anew, in the background."""
    if "time_zone" in changed:
        recount_everything(organisation=organisation, now=now)
        wake("insights.definitions", organisation.pk)


def on_settings_checked(sender: object, *, organisation: Organisation, changed: frozenset[str], **_rest: Any) -> None:
    check_keeping(organisation=organisation, changed=changed)


def on_events_outlived(
    sender: object, *, organisation_id: int, before: datetime, cursor: CursorWrapper, **_rest: Any
) -> bool:
    return let_go(organisation_id=organisation_id, before=before, cursor=cursor)


def on_segments_asked(sender: object, **_rest: Any) -> tuple[SegmentChoice, ...]:
    """Everybody is no segment to limit anybody to."""
    found = Segment.objects.filter(archived_at__isnull=True, segment_set__isnull=False).select_related("segment_set")
    ordered = found.order_by("segment_set__position", "segment_set__name", "is_missing_data", "position", "name")
    return tuple(
        SegmentChoice(id=segment.pk, key=segment.key, name=segment.name, group=segment.segment_set.name)
        for segment in ordered
        if segment.segment_set is not None
    )


def on_customer_erased(sender: object, *, organisation_id: int, now: datetime, **_rest: Any) -> None:
    """The latest day is scored again, so that what is shown is without them; the ledger says that it was an erasure."""
    ask_again(organisation_id=organisation_id, now=now)


def on_names_counted(sender: object, **_rest: Any) -> frozenset[str]:
    return counted_names()


def connect() -> None:
    """Listen; doing it again changes nothing."""
    register_erasers()
    register_look_eraser()
    register_label_eraser()
    customer_erased.connect(on_customer_erased, dispatch_uid="scoring.ask_again")
    client_created.connect(on_client_created, dispatch_uid="scoring.defaults")
    events_stored.connect(on_events_stored, dispatch_uid="scoring.count_stored")
    settings_changed.connect(on_settings_changed, dispatch_uid="scoring.settings_changed")
    settings_checked.connect(on_settings_checked, dispatch_uid="scoring.settings_checked")
    events_outlived.connect(on_events_outlived, dispatch_uid="scoring.let_go")
    segments_asked.connect(on_segments_asked, dispatch_uid="scoring.segments_asked")
    days_replaced.connect(on_days_replaced, dispatch_uid="scoring.recount_days")
    names_counted.connect(on_names_counted, dispatch_uid="scoring.counted_names")
