"""Fetching from a connection: page by page, each kept together with where to go on, until nothing is left.

A page becomes accepted batches of ingest in the transaction that moves the cursor. So a worker that dies leaves either
both or neither; what comes again has the same ids and is stored once. Batches are worked through at once, by the same
worker: a vendor with much to say fills no queue.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as day_time
from typing import Final
from uuid import UUID

import msgspec
import structlog

from engagement.connections.calling import Caller
from engagement.connections.faults import SurpriseError, VendorError
from engagement.connections.models import Connection, Sync
from engagement.connections.services.credentials import open_credentials, seal_credentials
from engagement.connections.services.ending import Ending, end_sync
from engagement.connections.services.leases import LeaseLostError, claim, renew_lease
from engagement.connections.services.list_sending import wake_waiting
from engagement.connections.services.settling import settle
from engagement.connections.types import Page, Wanted
from engagement.connections.vendors import connector_of
from engagement.connections.vendors.base import Connector
from engagement.errors import RapportError
from engagement.ingest.services import Brought, keep_pulled, process_batch
from engagement.ingest.types import Rejection
from tenants.outgoing_session import OutgoingSession
from tenants.scope import organisation_scope

BUDGET: Final = timedelta(minutes=4)
"""After so long a worker lets go between two pages, and the next one goes on: others wait for it, too."""
_BACKFILL_DAYS: Final = 90

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


@dataclass(slots=True)
class _Run:
    """One time of fetching in hand."""

    connection: Connection
    sync: Sync
    connector: Connector
    caller: Caller
    credentials: Mapping[str, str]
    clock: Clock


def run_sync(
    *,
    organisation_id: int,
    connection_id: UUID,
    clock: Clock,
    session: OutgoingSession | None = None,
    sleep: Callable[[float], None] = time.sleep,
    budget: timedelta = BUDGET,
) -> Sync | None:
    """Fetch what is new; None where the connection is not due or in other hands. Called outside any scope.

    No transaction is open while the vendor thinks. What goes wrong there is said on the connection, in words, and is
    not raised; whatever else goes wrong is raised after that.
    """
    claimed = claim(organisation_id=organisation_id, connection_id=connection_id, now=clock())
    if claimed is None:
        return None
    connection, sync = claimed
    try:
        run = _begin(connection, sync, Caller(session or OutgoingSession(), clock=clock, sleep=sleep), clock)
        finished = _pull(run, until=clock() + budget)
        end_sync(connection, sync=sync, ending=Ending(is_whole=finished), now=clock())
        wake_waiting(organisation_id=organisation_id, connection_id=connection_id)
    except LeaseLostError:
        return None
    except VendorError as error:
        end_sync(connection, sync=sync, ending=Ending(fault=error), now=clock())
    except SurpriseError as error:  # not of one record, but of an answer as a whole
        end_sync(connection, sync=sync, ending=Ending(fault=VendorError(error.reason)), now=clock())
    except RapportError as error:
        end_sync(connection, sync=sync, ending=Ending(fault=VendorError(error.message)), now=clock())
    except Exception:
        log.exception("connection_failed", connection=str(connection_id))
        words = "It did not work, on our side. It is tried again; where it stood is kept."
        end_sync(connection, sync=sync, ending=Ending(fault=VendorError(words)), now=clock())
        raise
    finally:
        settle(organisation_id=organisation_id, connection_id=connection_id)
    return sync


def _begin(connection: Connection, sync: Sync, caller: Caller, clock: Clock) -> _Run:
    connector = connector_of(connection.vendor)
    if connector is None or not connector.is_pulled:
        raise VendorError("This version fetches nothing from this vendor.", is_passing=False)
    caller.title, caller.told = connector.title, lambda answer: connector.told(answer, now=clock())
    run = _Run(connection, sync, connector, caller, open_credentials(connection), clock)
    caller.renew = lambda: connector.can_renew and _sign_in(run)
    _sign_in(run)
    if not connection.account:
        account = connector.check(caller, settings=connection.settings, credentials=run.credentials)
        with organisation_scope(connection.organisation_id):
            renew_lease(connection, now=clock())
            connection.account = account[:100] or connector.title
            connection.save(update_fields=["account"])
    return run


def _sign_in(run: _Run) -> bool:
    """Tokens that the vendor gave in exchange are kept before they are used: the former ones may be worth nothing."""
    renew, run.caller.renew = run.caller.renew, lambda: False  # a refused sign-in is not answered by signing in
    try:
        changed = run.connector.sign_in(run.caller, settings=run.connection.settings, credentials=run.credentials)
    finally:
        run.caller.renew = renew
    if changed is not None:
        run.credentials = dict(changed)
        with organisation_scope(run.connection.organisation_id):
            renew_lease(run.connection, now=run.clock())
            run.connection.credentials_sealed = seal_credentials(changed)
            run.connection.save(update_fields=["credentials_sealed"])
    return True


def _pull(run: _Run, *, until: datetime) -> bool:
    """Whether everything is in; False where time was up first."""
    pages = run.connector.pull(run.caller, _wanted(run))
    while True:
        page = next(pages, None)
        if page is None:
            return True
        _keep(run, page)
        if page.can_stop and run.clock() >= until:
            return False


def _wanted(run: _Run) -> Wanted:
    connection, now = run.connection, run.clock()
    if connection.round_until is None:
        with organisation_scope(connection.organisation_id):
            renew_lease(connection, now=now)
            connection.round_until = now
            connection.save(update_fields=["round_until"])
    first = connection.backfill_from
    since = now - timedelta(days=_BACKFILL_DAYS) if first is None else datetime.combine(first, day_time(), tzinfo=UTC)
    return Wanted(
        settings=connection.settings,
        credentials=run.credentials,
        account=connection.account,
        cursor=connection.cursor,
        since=since,
        until=connection.round_until,
    )


def _keep(run: _Run, page: Page) -> None:
    """The page and the cursor in one transaction; then what it brought is worked through."""
    connection, sync, now = run.connection, run.sync, run.clock()
    with organisation_scope(connection.organisation_id):
        renew_lease(connection, now=now)
        batches = keep_pulled(
            by=Brought(connection.pk, sync.pk),
            messages=map(msgspec.json.encode, page.messages),
            rejections=_rejections(page),
            now=now,
        )
        connection.cursor = page.cursor
        connection.save(update_fields=["cursor"])
        sync.pages, sync.requests = sync.pages + 1, run.caller.requests
        sync.save(update_fields=["pages", "requests"])
    for batch_id in batches:
        process_batch(organisation_id=connection.organisation_id, batch_id=batch_id, now=run.clock())


def _rejections(page: Page) -> list[Rejection]:
    return [
        Rejection(position=0, line=None, code=one.code, reason=one.reason, remedy=one.remedy, original=one.original)
        for one in page.refused
    ]
