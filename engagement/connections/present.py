"""Connections as pages show them: status, what came last and what is next, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.connections.models import Connection, Sync
from engagement.connections.vendors import connector_of
from engagement.look.locales import spoken
from engagement.look.numbers import count_text
from engagement.retelling import retold
from tenants.links import public_url

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One line of the list, and the head of a connection's page."""

    id: UUID
    name: str
    vendor: str
    account: str
    status: str
    is_well: bool
    is_paused: bool
    is_untried: bool
    is_pulled: bool
    is_running: bool
    is_busy: bool  # a worker is at it, or begins in a moment: the page renews itself
    error: str
    last: str
    next: str
    first: str  # what happens next where nothing was tried yet, one sentence
    hook_url: str
    has_lists: bool


@dataclass(frozen=True, slots=True)
class SyncRow:
    """One time of fetching."""

    started_at: datetime
    state: str
    is_well: bool
    stored: int
    duplicates: int
    rejected: int
    requests: int
    error: str
    is_settled: bool


def connection_row(connection: Connection, sync: Sync | None, *, now: datetime) -> ConnectionRow:
    connector = connector_of(connection.vendor)
    is_pulled = connector is not None and connector.is_pulled
    is_running = connection.lease_until is not None and connection.lease_until > now
    is_untried = _is_untried(connection, is_pulled=is_pulled, is_running=is_running)
    return ConnectionRow(
        id=connection.pk,
        name=connection.name,
        vendor=connector.title if connector else connection.vendor,
        account=connection.account,
        status=_status(connection, is_running=is_running, is_untried=is_untried, is_pulled=is_pulled),
        is_well=connection.state == Connection.State.READY and not connection.error,
        is_paused=connection.paused_at is not None,
        is_untried=is_untried,
        is_pulled=is_pulled,
        is_running=is_running,
        is_busy=is_running or (connection.next_at is not None and connection.next_at <= now),
        error=retold(connection.error),
        last=_last(connection, sync, now=now, is_pulled=is_pulled),
        next=_next(connection, now=now, is_pulled=is_pulled),
        first=_first(connection, now=now) if is_untried and is_pulled else "",
        hook_url="" if is_pulled else public_url(f"/hooks/segment/{connection.pk}"),
        has_lists=connector is not None and connector.lists() is not None,
    )


def sync_row(sync: Sync) -> SyncRow:
    return SyncRow(
        started_at=sync.started_at,
        state=str(Sync.State(sync.state).label),
        is_well=sync.state != Sync.State.FAILED,
        stored=sync.stored,
        duplicates=sync.duplicates,
        rejected=sync.rejected,
        requests=sync.requests,
        error=retold(sync.error),
        is_settled=sync.settled,
    )


def _is_untried(connection: Connection, *, is_pulled: bool, is_running: bool) -> bool:
    """Whether nobody knows yet that it works: the vendor never answered, or the tool there never sent anything."""
    if connection.state != Connection.State.READY or connection.error or connection.paused_at is not None:
        return False
    return connection.last_sync_at is None and not is_running and not (is_pulled and connection.account)


def _status(connection: Connection, *, is_running: bool, is_untried: bool, is_pulled: bool) -> str:
    if connection.paused_at is not None:
        return _("Paused")
    if is_running:
        return _("Fetching now")
    if connection.error and connection.state == Connection.State.READY:
        return _("Trying again")
    if is_untried:
        return _("Not tried yet") if is_pulled else _("Waiting for the first event")
    return str(Connection.State(connection.state).label)


def _last(connection: Connection, sync: Sync | None, *, now: datetime, is_pulled: bool) -> str:
    if not is_pulled:
        if connection.last_sync_at is None:
            return _("nothing was sent yet")
        return _("the last event {ago}").format(ago=_ago(now - connection.last_sync_at))
    if sync is None:
        return _("nothing was fetched yet")
    stored, rejected = (count_text(number, locale=spoken()) for number in (sync.stored, sync.rejected))
    counts = _("{stored} new, {rejected} rejected").format(stored=stored, rejected=rejected)
    return _("{ago}: {counts}").format(ago=_ago(now - (sync.finished_at or sync.started_at)), counts=counts)


def _next(connection: Connection, *, now: datetime, is_pulled: bool) -> str:
    if not is_pulled:
        return _("when it is sent")
    if connection.next_at is None:
        return _("when you say so")
    if connection.next_at <= now:
        return _("in a moment")
    return _("in {time}").format(time=_span(connection.next_at - now))


def _first(connection: Connection, *, now: datetime) -> str:
    if connection.next_at is None:
        return _("Nothing was fetched yet: “Fetch now” begins it.")
    if connection.next_at <= now:
        return _("The first fetching begins within a minute.")
    said = _("The first fetching begins in {time}; “Fetch now” begins it at once.")
    return said.format(time=_span(connection.next_at - now))


def _ago(span: timedelta) -> str:
    if span < timedelta(minutes=1):
        return _("just now")
    return _("{time} ago").format(time=_span(span))


def _span(span: timedelta) -> str:
    if span < _HOUR:
        n = max(1, round(span / timedelta(minutes=1)))
        return ngettext("{n} minute", "{n} minutes", n).format(n=n)
    if span < 2 * _DAY:
        n = round(span / _HOUR)
        return ngettext("{n} hour", "{n} hours", n).format(n=n)
    n = round(span / _DAY)
    return ngettext("{n} day", "{n} days", n).format(n=n)
