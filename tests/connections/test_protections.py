"""What holds when things go wrong or somebody means harm: each of these fails when its protection is taken away."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from engagement.connections.calling import Caller
from engagement.connections.models import Connection, Sync
from engagement.connections.services import connecting, syncing
from engagement.connections.services.syncing import run_sync
from engagement.connections.types import Page
from engagement.connections.vendors.hubspot import HubSpot
from engagement.ingest.models import IngestBatch
from engagement.ingest.services import keep_pulled
from tenants.outgoing_session import OutgoingSession
from tenants.scope import organisation_scope
from tests.connections.conftest import NOW, Bench, ms
from tests.connections.fakes.hubspot import TOKEN, FakeHubSpot
from tests.connections.fakes.server import Answered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fake(opened: Any, reach: Any, monkeypatch: pytest.MonkeyPatch) -> FakeHubSpot:
    made = FakeHubSpot()
    opened(made)
    made.contact(1, ms(NOW - timedelta(days=1)))
    monkeypatch.setattr(HubSpot, "base", reach(made))
    return made


@pytest.fixture
def sales(bench: Bench) -> Connection:
    settings = {"customer": "email", "traits": "", "activities": "no", "email_events": "no"}
    return bench.add("hubspot", settings=settings, credentials={"token": TOKEN})


def _kept(bench: Bench, sales: Connection) -> tuple[int, Any]:
    with organisation_scope(bench.organisation.pk):
        sales.refresh_from_db()
        return IngestBatch.objects.count(), sales.cursor


@pytest.mark.parametrize("broken", ["the page", "the cursor"])
def test_neither_a_page_nor_its_cursor_is_kept_without_the_other(
    fake: FakeHubSpot, bench: Bench, sales: Connection, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Ids make what comes twice harmless, so stored events would not tell: the rows do."""
    save, keep = Connection.save, keep_pulled

    def no_cursor(row: Connection, *args: Any, **more: Any) -> None:
        if more.get("update_fields") == ["cursor"]:
            raise KeyboardInterrupt
        save(row, *args, **more)

    def no_page(**said: Any) -> list[Any]:
        keep(**said)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if broken == "the cursor":
            patched.setattr(Connection, "save", no_cursor)
        else:
            patched.setattr(syncing, "keep_pulled", no_page)
        with pytest.raises(KeyboardInterrupt):
            bench.sync(sales)
    assert _kept(bench, sales) == (0, {})
    bench.sync(sales)
    batches, cursor = _kept(bench, sales)
    assert (batches, list(cursor)) == (1, ["contacts"])


@pytest.mark.parametrize("how", ["paused", "changed", "removed", "taken over"])
def test_a_worker_that_lost_its_lease_keeps_nothing(
    fake: FakeHubSpot, bench: Bench, sales: Connection, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """While the vendor answers, somebody else decides: the page that comes then is not kept, nor is the end written."""
    pull = HubSpot.pull
    said: dict[str, Any] = {"organisation": bench.organisation, "connection_id": sales.pk, "now": NOW}

    def meanwhile(self: HubSpot, *args: Any) -> Iterator[Page]:
        for page in pull(self, *args):
            with organisation_scope(bench.organisation.pk):
                _decide(how, said)
            yield page

    monkeypatch.setattr(HubSpot, "pull", meanwhile)
    done = run_sync(organisation_id=bench.organisation.pk, connection_id=sales.pk, clock=lambda: NOW)
    assert done is None
    batches, cursor = _kept(bench, sales)
    assert (batches, cursor, sales.last_sync_at) == (0, {}, None)


def _decide(how: str, said: dict[str, Any]) -> None:
    if how == "paused":
        connecting.pause_connection(**said, on=True)
    elif how == "removed":
        connecting.remove_connection(**said)
    elif how == "changed":
        form = {"token": "", "customer": "email", "traits": "", "activities": "no", "email_events": "no"}
        connecting.change_connection(**said, name="Sales", said=form, interval_minutes=60)
    else:  # the lease ran out, and another worker has it
        Connection.objects.filter(pk=said["connection_id"]).update(attempts=99)


def test_a_vendors_address_that_leads_inside_is_not_asked(
    bench: Bench, sales: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(HubSpot, "base", "https://inner.example")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: [(2, 1, 6, "", ("10.0.0.5", 443))])
    monkeypatch.setattr(socket, "create_connection", lambda address, *_: asked.append(address))
    run = {"organisation_id": bench.organisation.pk, "connection_id": sales.pk}
    done = run_sync(**run, clock=lambda: NOW)  # type: ignore[arg-type]
    monkeypatch.undo()
    assert asked == []
    assert done is not None
    assert (done.state, "not public" in done.error) == (Sync.State.FAILED, True)
    _kept(bench, sales)
    assert (sales.state, sales.next_at) == (Connection.State.ATTENTION, None)


def test_a_redirect_is_not_followed_and_carries_no_credentials_elsewhere(
    fake: FakeHubSpot, bench: Bench, sales: Connection
) -> None:
    fake.fail(Answered(302, b"", {"Location": f"{fake.base}/stolen"}))
    done = bench.sync(sales)
    assert [one.path for one in fake.asked] == ["/account-info/v3/details"]
    assert (done.error, sales.state) == (
        "HubSpot sends us to another address. Enter that address itself.", Connection.State.ATTENTION
    )  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_larger_than_wanted_is_not_read_to_its_end(
    fake: FakeHubSpot, bench: Bench, sales: Connection, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    fake.fail(Answered(200, {"portalId": "x" * 5_000}), times=9)
    run = {"organisation_id": bench.organisation.pk, "connection_id": sales.pk}
    if stream:
        caller = Caller(OutgoingSession(), clock=lambda: NOW)
        monkeypatch.setattr(caller, "long_session", OutgoingSession(limit_bytes=1_000))
        with pytest.raises(Exception, match="larger than 1,000 bytes"):
            list(caller.lines("GET", f"{fake.base}/export"))
        return
    done = run_sync(
        **run, clock=lambda: NOW, session=OutgoingSession(limit_bytes=1_000), sleep=bench.waits.append  # type: ignore[arg-type]
    )  # fmt: skip
    assert done is not None
    assert done.error == "The answer is larger than 1,000 bytes."


def test_the_secret_stands_nowhere_but_sealed(
    fake: FakeHubSpot, bench: Bench, sales: Connection, caplog: Any, capsys: Any
) -> None:
    """In no row of the connection or its history, whatever the vendor answers, and in nothing that was logged."""
    for answer in (Answered(401, {"message": TOKEN}), Answered(400, {"message": TOKEN}), Answered(200, TOKEN.encode())):
        fake.fail(answer, times=9)
        bench.sync(sales)
        fake.faults.clear()
    with organisation_scope(bench.organisation.pk):
        rows = [*Connection.objects.values(), *Sync.objects.values()]
    assert TOKEN not in json.dumps(rows, default=str)
    assert TOKEN not in caplog.text + "".join(capsys.readouterr())
