"""Connections: added, changed, paused, fetched from at once, removed. Credentials go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.connections.faults import SignInError
from engagement.connections.models import Connection
from engagement.connections.services.credentials import open_credentials, seal_credentials
from engagement.connections.services.list_ends import end_lists, ready_lists
from engagement.connections.services.settings import FieldErrors, check_said, secrets_to_enter_again
from engagement.connections.vendors import connector_of
from engagement.connections.vendors.base import Connector
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.scope import require_write
from tenants.wake import wake

TASK: Final = "connections.fetch"
MOST: Final = 20
INTERVALS: Final = (15, 60, 360, 1_440)
"""Minutes between two rounds."""
_LONGEST_NAME: Final = 80
_FIRST_DAY: Final = date(2000, 1, 1)


def add_connection(
    *,
    organisation: Organisation,
    vendor: str,
    name: str,
    said: Mapping[str, str],
    interval_minutes: int,
    backfill_from: date | None,
    user: User | None,
    now: datetime,
) -> Connection:
    """A new connection; a worker begins at once. Raises NotFoundError for another vendor, InvalidInputError."""
    connector = _connector(vendor)
    problems = _check_common(name, interval_minutes, backfill_from, today=now.date())
    if Connection.objects.filter(removed_at__isnull=True).count() >= MOST:
        problems["name"] = [_("There are {most} connections. Remove one first.").format(most=MOST)]
    settings, credentials, more = check_said(connector, said=said, known={})
    if problems or more:
        raise InvalidInputError(fields={**problems, **more})
    connection = Connection.objects.create(
        organisation_id=require_write(), vendor=vendor, name=name.strip(), settings=settings,
        credentials_sealed=seal_credentials(credentials), interval_minutes=interval_minutes,
        backfill_from=backfill_from, created_by=user, created_at=now, next_at=now if connector.is_pulled else None,
    )  # fmt: skip
    audit_append(act="connection.added", object_kind="connection", object_id=connection.pk, new={"vendor": vendor})
    _begin(connection)
    return connection


def change_connection(
    *,
    organisation: Organisation,
    connection_id: UUID,
    name: str,
    said: Mapping[str, str],
    interval_minutes: int,
    now: datetime,
) -> Connection:
    """Other settings; a secret left empty stays as it is, for the host it was entered for.

    Raises NotFoundError, InvalidInputError.

    What is being fetched right now keeps nothing more; a worker begins again at once, where it stood. Where settings
    that say which records are wanted have changed, it begins from the first day: what is in is not stored again.
    """
    connection = known_connection(connection_id)
    connector = _connector(connection.vendor)
    problems = _check_common(name, interval_minutes, None, today=now.date())
    known = _known_credentials(connection)
    settings, credentials, more = check_said(connector, said=said, known=known)
    again = secrets_to_enter_again(connector, said=said, known=known, before=connection.settings)
    if problems or more or again:
        raise InvalidInputError(fields={**problems, **more, **again})
    has_new, is_other = credentials != known, settings != connection.settings
    connection.name, connection.settings, connection.interval_minutes = name.strip(), settings, interval_minutes
    connection.credentials_sealed = seal_credentials(credentials)
    if has_new or is_other:
        connection.account = ""  # asked anew: they may be somebody else's
    if is_other:
        connection.cursor, connection.round_until = {}, None
    _ready(connection, now=now)
    connection.save()
    new = {"credentials": has_new, "settings": is_other}
    audit_append(act="connection.changed", object_kind="connection", object_id=connection.pk, new=new)
    _begin(connection)
    return connection


def ask_sync(*, organisation: Organisation, connection_id: UUID, now: datetime) -> Connection:
    """Fetch now, not when it is due. Raises NotFoundError, ConflictError where nothing is fetched."""
    connection = known_connection(connection_id)
    if connection.paused_at is not None:
        raise ConflictError(_("The connection is paused. Resume it first."))
    if not _connector(connection.vendor).is_pulled:
        raise ConflictError(_("Nothing is fetched here: the other side sends when it has something."))
    connection.next_at = now
    connection.save(update_fields=["next_at"])
    audit_append(act="connection.asked", object_kind="connection", object_id=connection.pk)
    _begin(connection)
    return connection


def pause_connection(*, organisation: Organisation, connection_id: UUID, on: bool, now: datetime) -> Connection:
    """Pause it, or resume it where it stood. Raises NotFoundError, ConflictError."""
    connection = known_connection(connection_id)
    if on == (connection.paused_at is not None):
        raise ConflictError(_("It is paused already.") if on else _("It is not paused."))
    if on:
        connection.paused_at, connection.next_at, connection.lease_until = now, None, None
        connection.attempts += 1
    else:
        connection.paused_at = None
        _ready(connection, now=now)
    connection.save()
    audit_append(act="connection.paused", object_kind="connection", object_id=connection.pk, new={"on": on})
    _begin(connection)
    return connection


def remove_connection(*, organisation: Organisation, connection_id: UUID, now: datetime) -> None:
    """Nothing is fetched or sent any more; its credentials are gone, its events stay. Raises NotFoundError."""
    connection = known_connection(connection_id)
    connection.removed_at, connection.next_at, connection.lease_until = now, None, None
    connection.credentials_sealed, connection.settings, connection.cursor = "", {}, {}
    connection.attempts += 1
    connection.save()
    end_lists(connection, now=now)
    audit_append(act="connection.removed", object_kind="connection", object_id=connection_id)


def known_connection(connection_id: UUID) -> Connection:
    """One to change, locked; raises NotFoundError for one that is not there, or not any more."""
    found = Connection.objects.select_for_update(no_key=True).filter(pk=connection_id, removed_at__isnull=True).first()
    if found is None:
        raise NotFoundError(_("There is no such connection."))
    return found


def _ready(connection: Connection, *, now: datetime) -> None:
    """Due at once, as if nothing had gone wrong; whoever is at it now keeps nothing more. So are lists it fills."""
    ready_lists(connection)
    connection.state, connection.error, connection.failures = Connection.State.READY, "", 0
    connection.attempts, connection.lease_until = connection.attempts + 1, None
    is_due = connection.paused_at is None and _connector(connection.vendor).is_pulled
    connection.next_at = now if is_due else None


def _begin(connection: Connection) -> None:
    if connection.next_at is not None:
        wake(TASK, connection.organisation_id, connection.pk)


def _connector(vendor: str) -> Connector:
    connector = connector_of(vendor)
    if connector is None:
        raise NotFoundError(_("There is no connection to such a vendor."))
    return connector


def _known_credentials(connection: Connection) -> dict[str, str]:
    try:
        return open_credentials(connection)
    except SignInError:
        return {}  # this server's key does not open them: all of them have to be entered


def _check_common(name: str, interval_minutes: int, backfill_from: date | None, *, today: date) -> FieldErrors:
    problems: FieldErrors = {}
    if not name.strip() or len(name.strip()) > _LONGEST_NAME or "\0" in name:
        text = _("Give it a name of 1 to {most} characters, like “Sales”.")
        problems["name"] = [text.format(most=_LONGEST_NAME)]
    if interval_minutes not in INTERVALS:
        problems["interval_minutes"] = [_("Choose one of the intervals.")]
    if backfill_from is not None and not _FIRST_DAY <= backfill_from <= today:
        problems["backfill_from"] = [_("Choose a day from 2000-01-01 to today.")]
    return problems
