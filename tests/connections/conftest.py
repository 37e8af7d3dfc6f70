"""What tests of connections share: fakes within reach, no waiting, and a connection as somebody would have added it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engagement.connections.models import Connection, Sync
from engagement.connections.services.credentials import seal_credentials
from engagement.connections.services.syncing import BUDGET, run_sync
from engagement.ingest.models import Customer, Event, RejectedEvent
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.connections.fakes.server import HOST, FakeVendor
from tests.ingest.conftest import Broker, broker

__all__ = ["Broker", "broker"]

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def reach(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeVendor], str]:
    """Lets a fake be reached by name, as a deployment would allow an inner host."""
    look = socket.getaddrinfo

    def leads_here(host: str, port: Any, *rest: Any, **more: Any) -> Any:
        return look("127.0.0.1" if host == HOST else host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", leads_here)

    def allow(fake: FakeVendor) -> str:
        settings.OUTGOING_ALLOWED = settings.OUTGOING_ALLOWED | {f"{HOST}:{fake.port}"}
        return fake.base

    return allow


@dataclass
class Bench:
    """One organisation and its connections; `waits` is what a worker would have slept."""

    organisation: Organisation
    now: datetime = NOW
    waits: list[float] = field(default_factory=list)

    def add(self, vendor: str, *, settings: dict[str, str], credentials: dict[str, str], **more: Any) -> Connection:
        with organisation_scope(self.organisation.pk):
            return Connection.objects.create(
                **{
                    "organisation": self.organisation, "vendor": vendor, "name": vendor.title(), "settings": settings,
                    "credentials_sealed": seal_credentials(credentials), "backfill_from": date(2026, 2, 1),
                    "created_at": self.now, "next_at": self.now, **more,
                }
            )  # fmt: skip

    def sync(self, connection: Connection, *, budget: timedelta = BUDGET, after: timedelta = timedelta()) -> Sync:
        """One time of fetching, `after` so long; due or not."""
        self.now += after
        with organisation_scope(self.organisation.pk):
            Connection.objects.filter(pk=connection.pk).update(next_at=self.now, lease_until=None)
        done = run_sync(
            organisation_id=self.organisation.pk, connection_id=connection.pk, clock=lambda: self.now,
            sleep=self.waits.append, budget=budget,
        )  # fmt: skip
        assert done is not None
        with organisation_scope(self.organisation.pk):
            connection.refresh_from_db()
            return Sync.objects.get(pk=done.pk)

    def broken_off(self, connection: Connection, monkeypatch: pytest.MonkeyPatch, *, most: int) -> tuple[Sync, int]:
        """Fetch a page a time, every second one breaking off before its cursor is kept; the end, and all attempts."""
        save, crashes = Connection.save, [0]

        def crash(row: Connection, *args: Any, **more: Any) -> None:
            if more.get("update_fields") == ["cursor"]:
                crashes[0] += 1
                if crashes[0] % 2:
                    raise KeyboardInterrupt
            save(row, *args, **more)

        monkeypatch.setattr(Connection, "save", crash)
        for _ in range(most):
            try:
                done = self.sync(connection, budget=timedelta(0), after=timedelta(seconds=1))
            except KeyboardInterrupt:
                continue
            if done.state == Sync.State.DONE:
                break
        return done, crashes[0]

    def events(self) -> list[tuple[str, str, datetime]]:
        """Customer, name and time of everything stored, in order."""
        with organisation_scope(self.organisation.pk):
            who = dict(Customer.objects.values_list("number", "external_id"))
            rows = Event.objects.values_list("customer_number", "name", "occurred_at")
            return sorted((who[number], name, at) for number, name, at in rows)

    def ids(self) -> list[str]:
        with organisation_scope(self.organisation.pk):
            return sorted(Event.objects.values_list("message_id", flat=True))

    def traits(self) -> dict[str, dict[str, Any]]:
        with organisation_scope(self.organisation.pk):
            return dict(Customer.objects.values_list("external_id", "traits"))

    def rejected(self) -> list[tuple[str, str]]:
        with organisation_scope(self.organisation.pk):
            return sorted(RejectedEvent.objects.values_list("code", "reason"))


@pytest.fixture
def bench(world: Any, broker: Broker) -> Bench:
    return Bench(world.ours)


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest.fixture
def opened() -> Iterator[Callable[[FakeVendor], FakeVendor]]:
    """Closes the fakes of a test when it ends."""
    fakes: list[FakeVendor] = []

    def keep(fake: FakeVendor) -> FakeVendor:
        fakes.append(fake)
        return fake

    yield keep
    for fake in fakes:
        fake.close()
