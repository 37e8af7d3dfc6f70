"""Requests that failed are tried again: from the page, from the shell, on record, each event once."""

from __future__ import annotations

import json
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from engagement.errors import ConflictError
from engagement.ingest.models import Event, IngestBatch
from engagement.ingest.services import process_batch, retry_failed
from tenants.models import AuditEntry, Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world
from tests.ingest.conftest import Broker
from tests.ingest.sending import keep, one, rows, track


def _failed(organisation: Organisation, number: int = 1) -> UUID:
    batch_id = keep(organisation, [track(number)])
    with organisation_scope(organisation.pk):
        IngestBatch.objects.filter(pk=batch_id).update(state="failed", attempts=5, failures=5, finished_at=NOW)
    return batch_id


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _page(organisation: Organisation) -> str:
    return reverse("imports", args=[organisation.slug])


def _button(organisation: Organisation) -> str:
    return reverse("failed-retry", args=[organisation.slug])


@pytest.mark.django_db(transaction=True)
def test_the_page_counts_them_and_its_button_lets_them_wait_again(broker: Broker) -> None:
    world = build_world()
    failed, theirs = _failed(world.ours), _failed(world.other)
    done = keep(world.ours, [track(2)])
    process_batch(organisation_id=world.ours.pk, batch_id=done, now=NOW)
    client = _signed_in(world.admin)
    text = client.get(_page(world.ours)).content.decode()
    assert "1 request could not be worked through" in text
    assert _button(world.ours) in text
    broker.sent.clear()
    answer = client.post(_button(world.ours), follow=True).content.decode()
    assert "They wait for a worker again" in answer
    assert "could not be worked through" not in answer
    assert ("ingest.batch", [world.ours.pk, str(failed)]) in broker.sent
    row = one(world.ours, IngestBatch, failed)
    assert (row.state, row.attempts, row.failures, row.lease_until, row.finished_at) == ("waiting", 0, 0, None, None)
    assert one(world.other, IngestBatch, theirs).state == "failed"
    assert one(world.ours, IngestBatch, done).state == "done"


def test_what_had_been_stored_before_is_not_stored_twice(world: World, broker: Broker) -> None:
    failed = _failed(world.ours)
    process_batch(organisation_id=world.ours.pk, batch_id=keep(world.ours, [track(1)]), now=NOW)
    with organisation_scope(world.ours.pk):
        assert retry_failed(organisation=world.ours) == 1
    process_batch(organisation_id=world.ours.pk, batch_id=failed, now=NOW)
    assert rows(world.ours, Event, "message_id") == ["m1"]
    assert one(world.ours, IngestBatch, failed).duplicates == 1


def test_it_is_on_record_with_how_many(world: World, broker: Broker) -> None:
    _failed(world.ours)
    _failed(world.ours, 2)
    _signed_in(world.admin).post(_button(world.ours))
    with organisation_scope(world.ours.pk):
        [entry] = AuditEntry.objects.filter(act="requests.retried")
    assert (json.loads(entry.content)["new"], str(entry.actor)) == ({"requests": 2}, str(world.admin.pk))


def test_with_none_the_page_says_so_and_offers_nothing(world: World, broker: Broker) -> None:
    client = _signed_in(world.admin)
    assert _button(world.ours) not in client.get(_page(world.ours)).content.decode()
    assert "there is nothing to try again" in client.post(_button(world.ours), follow=True).content.decode()
    with organisation_scope(world.ours.pk), pytest.raises(ConflictError):
        retry_failed(organisation=world.ours)


def test_viewers_and_strangers_may_not(world: World, broker: Broker) -> None:
    failed = _failed(world.ours)
    assert _signed_in(world.viewer).post(_button(world.ours)).status_code == 403
    assert _signed_in(world.stranger).post(_button(world.ours)).status_code == 404
    assert one(world.ours, IngestBatch, failed).state == "failed"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_an_operator_does_it_from_the_shell(broker: Broker) -> None:
    world = build_world()
    failed, out = _failed(world.ours), StringIO()
    call_command("retry_failed", world.ours.slug, stdout=out)
    assert out.getvalue() == "1 requests wait for a worker again.\n"
    assert one(world.ours, IngestBatch, failed).state == "waiting"
    with pytest.raises(CommandError, match="nothing to try again"):
        call_command("retry_failed", world.ours.slug)
    with pytest.raises(CommandError, match="no organisation"):
        call_command("retry_failed", "nobody")
