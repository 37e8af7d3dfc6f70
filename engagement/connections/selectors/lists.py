"""Reads of segments that are sent to lists, in the organisation in scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import DateField, F, QuerySet, Value
from django.db.models.functions import Cast, JSONObject
from django.utils.translation import gettext as _

from engagement.connections.models import Connection, ListPush, Sync
from engagement.connections.queries import STATEMENTS
from engagement.connections.services.lists import lists_of
from engagement.errors import NotFoundError
from engagement.insights.selectors.membership import knows, latest_finished, members
from engagement.scoring.models import Segment
from tenants.arrays import integer_array
from tenants.models import Organisation

LIST_KIND: Final = "list"


@dataclass(frozen=True, slots=True)
class ListPreview:
    """Who would be sent. None is not known: no run says who belongs, or contacts were never fetched whole."""

    segment: Segment
    members: int | None
    kept: int | None


def lists(*, connection: Connection) -> list[ListPush]:
    """Those of a connection that have not ended, by segment."""
    rows = ListPush.objects.filter(connection=connection, ended_at__isnull=True)
    found = rows.select_related("connection", "segment", "run", "begun", "since")
    return list(found.order_by("segment__name", "pk"))


def list_rows(*, segment_key: str) -> QuerySet[ListPush, Any]:
    """Those of a segment that have not ended, as rows that are read with others in one statement.

    Their columns are those of `insights.selectors.waiting`.
    """
    found = ListPush.objects.filter(segment__key=segment_key, ended_at__isnull=True).order_by()
    said = JSONObject(connection=F("connection_id"), list_name=F("list_name"), list_id=F("list_id"))
    return found.values(kind=Value(LIST_KIND)).annotate(
        count=Value(1), at=F("created_at"), day=Cast(Value(None), DateField()), content=said
    )


def one_list(*, push_id: UUID) -> ListPush:
    """One that has not ended; raises NotFoundError."""
    rows = ListPush.objects.filter(pk=push_id, ended_at__isnull=True)
    found = rows.select_related("connection", "segment").first()
    if found is None:
        raise NotFoundError(_("Nothing like this is sent."))
    return found


def preview(
    *, organisation: Organisation, connection: Connection, segment_key: str, now: datetime
) -> ListPreview | None:
    """Who would be sent of a segment, from what is known here: the vendor is not asked. None for no segment."""
    segment = Segment.objects.filter(key=segment_key, archived_at__isnull=True).first()
    if segment is None:
        return None
    run = latest_finished(organisation=organisation, now=now)
    if run is None or not knows(run=run, key=segment.key):
        return ListPreview(segment, members=None, kept=None)
    numbers = members(run=run, key=segment.key)
    if not Sync.objects.filter(connection=connection, state=Sync.State.DONE).exists():
        return ListPreview(segment, members=len(numbers), kept=None)
    kept = STATEMENTS.fetch(
        "contacts_kept", organisation_id=organisation.pk, numbers=integer_array(numbers.tolist()),
        trait=lists_of(connection).kept_as,
    )[0][0]  # fmt: skip
    return ListPreview(segment, members=len(numbers), kept=kept)
