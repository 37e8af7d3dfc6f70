"""How work is woken: tasks by their names, and messages that may be lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.db import transaction
from django.utils import timezone

from engagement.ingest import tasks
from engagement.ingest.models import FileImport, ImportChange, IngestBatch
from engagement.ingest.selectors import last_event_at
from tenants.scope import organisation_scope, tenant
from tenants.wake import wake
from tests.conftest import NOW, World, build_world
from tests.ingest.conftest import Broker
from tests.ingest.sending import LATER, keep, message_ids, one, send, take, track, upload

FILE = "customer,event,date\nc1,visit,2025-12-31\n"


def test_the_tasks_have_the_names_that_messages_carry() -> None:
    assert (tasks.batch.name, tasks.file_import.name) == ("ingest.batch", "ingest.file_import")


def test_a_task_takes_an_id_and_does_the_work(world: World, uploads: Any, broker: Broker) -> None:
    batch_id = keep(world.ours, [track(1)])
    import_id = upload(world.ours, FILE)
    tasks.batch(world.ours.pk, str(batch_id))
    tasks.file_import(world.ours.pk, str(import_id))
    assert one(world.ours, IngestBatch, batch_id).state == "done"
    assert one(world.ours, FileImport, import_id).state == "done"
    assert len(message_ids(world.ours)) == 2


@pytest.mark.django_db(transaction=True)
def test_it_is_sent_on_commit_and_not_after_a_rollback(broker: Broker) -> None:
    with transaction.atomic():
        wake(tasks.batch, 7, "x")
        assert broker.sent == []
    assert broker.sent == [("ingest.batch", [7, "x"])]
    with transaction.atomic():
        wake("ingest.batch", 8, "y")
        transaction.set_rollback(True)
    wake("ingest.file_import", 9)
    assert broker.sent == [("ingest.batch", [7, "x"]), ("ingest.file_import", [9])]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_not_there_is_noted_quickly_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr("tenants.wake.current_app", nowhere)
    before = timezone.now()
    wake("ingest.batch", 1, "x")
    assert timezone.now() - before < timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
def test_what_waits_is_found_without_any_message(broker: Broker, uploads: Any) -> None:
    from django.db import connection

    world = build_world()
    batch_id, import_id = keep(world.ours, [track(1)]), upload(world.ours, FILE)
    leased = keep(world.ours, [track(2)])
    with organisation_scope(world.ours.pk):
        IngestBatch.objects.filter(pk=leased).update(lease_until=LATER)

    def waiting(at: Any) -> set[tuple[int, str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT organisation_id, kind, id FROM public.pending_work(%s)", [at])
            return {row for row in cursor.fetchall() if row[1] in {"batch", "import"}}

    assert waiting(NOW) == {(world.ours.pk, "batch", batch_id), (world.ours.pk, "import", import_id)}
    assert (world.ours.pk, "batch", leased) in waiting(LATER + timedelta(seconds=1))
    for organisation_id, kind, row_id in waiting(NOW):
        task = tasks.batch if kind == "batch" else tasks.file_import
        task(organisation_id, str(row_id))
    assert waiting(NOW) == set()


def test_when_the_last_event_came_in(world: World, uploads: Any, broker: Broker) -> None:
    def last() -> Any:
        with tenant(read=[world.ours.pk, world.other.pk]):
            return last_event_at(world.ours)

    assert last() is None
    send(world.other, track(9), received_at=LATER)
    send(world.ours, track(1, userId=None))  # rejected: no event
    assert last() is None
    take(world.ours, "customer_id,plan\nc1,pro\n", kind="customers", now=LATER)
    assert last() is None
    send(world.ours, track(1))
    assert last() == NOW
    take(world.ours, FILE, now=NOW + timedelta(minutes=5))
    assert last() == NOW + timedelta(minutes=5)
    send(world.ours, track(2), received_at=LATER)
    assert last() == LATER
    with organisation_scope(world.ours.pk):
        # As after the time that requests are kept; imports are never deleted, here they are to show the rest.
        IngestBatch.objects.filter(rejected=0).delete()
        ImportChange.objects.all().delete()
        FileImport.objects.all().delete()
    assert last() == LATER  # from the event of the latest day
