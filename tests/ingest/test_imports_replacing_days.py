"""Replacing the days of a file: what files said before about them goes, in the same transaction as the new comes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engagement.ingest.models import Customer, Event, FileImport
from engagement.ingest.services import process_import
from engagement.ingest.signals import days_replaced, events_stored
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world, make_client
from tests.ingest.sending import (
    LATER,
    counts_of,
    message_ids,
    one,
    rows,
    send,
    take,
    ticking,
    track,
    upload,
    utc,
)

pytestmark = pytest.mark.usefixtures("uploads", "broker")

HEADER = "customer,event,date\n"
FIRST = HEADER + "c1,visit,2025-12-30\nc1,visit,2025-12-31\nc2,visit,2025-12-31\n"
SECOND = HEADER + "c1,purchase,2025-12-31\nc3,purchase,2026-01-01\n"


class Heard:
    """What listeners are told, in order."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.breaks = False

    def days(self, *, organisation: Any, days: tuple[date, ...], **_: Any) -> None:
        self.told.append(("days", organisation.pk, days, len(message_ids_inside())))

    def events(self, *, organisation: Any, events: tuple[Any, ...], **_: Any) -> None:
        if self.breaks:
            raise RuntimeError("the worker died")
        self.told.append(("events", organisation.pk, sorted(event.name for event in events)))


def message_ids_inside() -> list[str]:
    """Within the transaction at hand."""
    return list(Event.objects.values_list("message_id", flat=True))


@pytest.fixture
def heard() -> Any:
    found = Heard()
    days_replaced.connect(found.days)
    events_stored.connect(found.events)
    yield found
    days_replaced.disconnect(found.days)
    events_stored.disconnect(found.events)


def stored(world: World) -> list[Any]:
    return rows(world.ours, Event, "name", "day")


def test_the_days_of_the_file_are_replaced_and_no_others(world: World, heard: Heard) -> None:
    take(world.ours, FIRST)
    heard.told.clear()
    row = take(world.ours, SECOND, sameness="replace_days", now=LATER)
    assert (row.state, counts_of(row), row.position) == ("done", (2, 0, 0), 2)
    assert stored(world) == [
        ("purchase", date(2025, 12, 31)),
        ("purchase", date(2026, 1, 1)),
        ("visit", date(2025, 12, 30)),
    ]
    days = (date(2025, 12, 31), date(2026, 1, 1))
    # Told after the deletion and before the new rows, of which they are told as of all others.
    assert heard.told == [("days", world.ours.pk, days, 1), ("events", world.ours.pk, ["purchase", "purchase"])]
    assert rows(world.ours, Customer, "external_id") == ["c1", "c2", "c3"]


def test_the_same_file_again_gives_the_same_events_once(world: World) -> None:
    take(world.ours, FIRST)
    for _ in range(2):
        row = take(world.ours, FIRST, sameness="replace_days", now=LATER)
        assert (row.state, counts_of(row)) == ("done", (3, 0, 0))
        assert len(stored(world)) == 3


def test_the_ids_of_its_rows_are_the_imports_own(world: World) -> None:
    content = "customer,event,time\nc1,visit,2025-12-31T23:00:00\n"
    take(world.ours, content)
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(time_zone="Asia/Tokyo")
    # What lies on the 1st of January now is not replaced by a file of the 31st of December, nor in its way.
    row = take(world.ours, content, sameness="replace_days", now=LATER)
    assert counts_of(row) == (1, 0, 0)
    assert rows(world.ours, Event, "day", "occurred_at") == [
        (date(2025, 12, 31), utc("2025-12-31T14:00:00")),
        (date(2025, 12, 31), utc("2025-12-31T23:00:00")),
    ]


def test_what_libraries_sent_stays(world: World) -> None:
    send(world.ours, track(1, timestamp="2025-12-31T10:00:00Z"))
    take(world.ours, SECOND, sameness="replace_days")
    assert "m1" in message_ids(world.ours)
    assert len(stored(world)) == 3


def test_another_organisation_keeps_its_days(world: World) -> None:
    take(world.other, FIRST)
    take(world.ours, SECOND, sameness="replace_days")
    assert len(rows(world.other, Event, "message_id")) == 3


def test_days_are_the_organisations_own(world: World, heard: Heard) -> None:
    new_york = make_client(world.firm, "New York", time_zone="America/New_York")
    evening = "customer,event,time\nc1,late,2025-12-30T21:00:00\nc1,next,2025-12-31T21:00:00\n"
    take(new_york, evening)
    assert rows(new_york, Event, "name", "day", "occurred_at") == [
        ("late", date(2025, 12, 31), utc("2025-12-31T02:00:00")),
        ("next", date(2026, 1, 1), utc("2026-01-01T02:00:00")),
    ]
    heard.told.clear()
    take(new_york, "customer,event,date\nc1,visit,2025-12-30\n", sameness="replace_days", now=LATER)
    # The evening of the 30th is the 31st in UTC: it goes, and the evening of the 31st stays.
    assert rows(new_york, Event, "name") == ["next", "visit"]
    assert heard.told[0][:3] == ("days", new_york.pk, (date(2025, 12, 30),))


def test_a_file_without_a_usable_row_replaces_nothing(world: World, heard: Heard) -> None:
    take(world.ours, FIRST)
    heard.told.clear()
    row = take(world.ours, HEADER + "c1,visit,someday\n", sameness="replace_days", now=LATER)
    assert (row.state, counts_of(row), heard.told, len(stored(world))) == ("done", (0, 0, 1), [], 3)


def test_customers_have_no_days_to_replace(world: World) -> None:
    take(world.ours, FIRST)
    row = take(world.ours, "customer_id,date\nc1,2025-12-31\n", kind="customers", sameness="replace_days", now=LATER)
    assert (row.sameness, counts_of(row), len(stored(world))) == ("position", (1, 0, 0), 3)


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_the_middle_leaves_the_former_days(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    take(world.ours, FIRST)
    before = rows(world.ours, Event, "message_id", "name")
    import_id = upload(world.ours, SECOND, sameness="replace_days")
    monkeypatch.setattr("engagement.ingest.services.reading.CHUNK_ROWS", 1)
    heard.breaks = True
    with pytest.raises(RuntimeError, match="died"):
        process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking())
    assert rows(world.ours, Event, "message_id", "name") == before
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.position, counts_of(row)) == ("waiting", 0, (0, 0, 0))
    heard.breaks = False
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(LATER))
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.position, counts_of(row)) == ("done", 2, (2, 0, 0))
    assert [name for name, _ in stored(world)] == ["purchase", "purchase", "visit"]


@pytest.mark.django_db(transaction=True)
def test_while_days_are_replaced_nobody_else_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    from engagement.ingest import queries

    locks: list[str] = []
    fetch = queries.fetch

    def noted(name: str, **parameters: Any) -> Any:
        if name.startswith("lock_storing"):
            locks.append(name)
        return fetch(name, **parameters)

    monkeypatch.setattr(queries, "fetch", noted)
    take(world.ours, SECOND, sameness="replace_days", now=NOW)
    take(world.ours, FIRST)
    assert locks == ["lock_storing_alone", "lock_storing_shared"]
