"""Segments that are sent to lists at a vendor: begun, sent whole on demand, ended. What does it is list_sending.py."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.connections.models import Connection, ListPush
from engagement.connections.services.connecting import known_connection
from engagement.connections.services.list_ends import end_list, standing_lists
from engagement.connections.services.settings import FieldErrors
from engagement.connections.vendors import connector_of
from engagement.connections.vendors.base import ContactLists
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.selectors.membership import knows, latest_finished
from engagement.scoring.models import Segment
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.scope import require_write
from tenants.wake import wake

LIST_TASK: Final = "connections.send_list"
MOST_LISTS: Final = 50
_LONGEST_NAME: Final = 100
_LONGEST_ID: Final = 20


def add_list(
    *,
    organisation: Organisation,
    connection_id: UUID,
    segment_key: str,
    list_name: str,
    list_id: str,
    user: User | None,
    now: datetime,
) -> ListPush:
    """A segment is sent to a list from now on, everybody first: a new one of that name, or the one of that id.

    Raises NotFoundError where the connection is not there or its vendor has no lists, InvalidInputError with fields.
    """
    connection = known_connection(connection_id)
    lists_of(connection)
    segment = Segment.objects.filter(key=segment_key, archived_at__isnull=True).first()
    name, list_id = list_name.strip(), list_id.strip()
    problems = _named(name, list_id)
    if segment is None:
        problems["segment"] = [_("Choose a segment.")]
    elif not problems:
        problems = _taken(connection, segment, name, list_id)
    if problems or segment is None:
        raise InvalidInputError(fields=problems)
    push = ListPush.objects.create(
        organisation_id=require_write(), connection=connection, segment=segment, list_name=name, list_id=list_id,
        created_by=user, created_at=now,
    )  # fmt: skip
    audit_append(
        act="connection.list_added", object_kind="connection", object_id=push.connection_id,
        new={"segment": push.segment_id},
    )  # fmt: skip
    wake(LIST_TASK, push.organisation_id, push.pk)
    return push


def send_whole_list(*, organisation: Organisation, push_id: UUID, now: datetime) -> ListPush:
    """Send everybody of the latest finished run, and look through the list for others; what is under way stops.

    Raises NotFoundError, ConflictError where the connection is paused or no run says who belongs to the segment.
    """
    push = known_list(push_id)
    run = latest_finished(organisation=organisation, now=now)
    if push.connection.paused_at is not None:
        raise ConflictError(_("The connection is paused. Resume it first."))
    if run is None or not knows(run=run, key=push.segment.key):
        raise ConflictError(_("There is no finished run yet that says who belongs to the segment."))
    push.wants_all, push.begun, push.since, push.cursor = True, None, None, {}
    push.state, push.error, push.failures, push.next_at = Connection.State.READY, "", 0, None
    push.attempts, push.lease_until = push.attempts + 1, None
    push.save()
    audit_append(
        act="connection.list_sent_all", object_kind="connection", object_id=push.connection_id,
        new={"segment": push.segment_id},
    )  # fmt: skip
    wake(LIST_TASK, push.organisation_id, push.pk)
    return push


def remove_list(*, organisation: Organisation, push_id: UUID, now: datetime) -> None:
    """The segment is sent there no more; the list stays as it is. Raises NotFoundError."""
    end_list(known_list(push_id), now=now)


def known_list(push_id: UUID) -> ListPush:
    """One that has not ended, to change, locked; raises NotFoundError."""
    found = standing_lists().select_for_update(of=("self",)).select_related("segment", "connection").filter(pk=push_id)
    push = found.first()
    if push is None:
        raise NotFoundError(_("Nothing like this is sent."))
    return push


def lists_of(connection: Connection) -> ContactLists:
    """The lists of its vendor; raises NotFoundError where it has none."""
    connector = connector_of(connection.vendor)
    lists = connector.lists() if connector else None
    if lists is None:
        raise NotFoundError(_("Nothing can be sent to this vendor."))
    return lists


def _named(name: str, list_id: str) -> FieldErrors:
    if bool(name) == bool(list_id):
        return {"list_name": [_("Name a new list, or give the number of one that there is: one of the two.")]}
    if len(name) > _LONGEST_NAME or not name.isprintable():
        return {"list_name": [_("Give it a name of 1 to {most} characters.").format(most=_LONGEST_NAME)]}
    if list_id and not (list_id.isascii() and list_id.isdecimal() and len(list_id) <= _LONGEST_ID):
        return {"list_id": [_("The number of a list is all digits: it stands in its address at the vendor.")]}
    return {}


def _taken(connection: Connection, segment: Segment, name: str, list_id: str) -> FieldErrors:
    """Two segments in one list would take each other's members out."""
    standing = standing_lists()
    if standing.count() >= MOST_LISTS:
        return {"segment": [_("{most} segments are sent. End one first.").format(most=MOST_LISTS)]}
    mine = standing.filter(connection=connection)
    if mine.filter(segment=segment).exists():
        return {"segment": [_("This segment is sent there already.")]}
    if (name and mine.filter(list_name__iexact=name).exists()) or (list_id and mine.filter(list_id=list_id).exists()):
        return {"list_name" if name else "list_id": [_("Another segment is sent to this list already.")]}
    return {}
