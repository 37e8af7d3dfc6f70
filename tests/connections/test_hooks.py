"""Segment's webhook destination: signed, kept before it is answered, stored once."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from engagement.connections.models import Connection
from engagement.ingest.models import IngestBatch
from engagement.ingest.services import process_batch
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.connections.conftest import NOW, Bench

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a-long-shared-secret-1"
EVENT = {
    "type": "track", "messageId": "seg-1", "userId": "c-1", "event": "Order Completed", "version": 2,
    "timestamp": "2026-03-01T08:00:00.000Z", "properties": {"total": 12}, "context": {"library": {"name": "x"}},
}  # fmt: skip


@pytest.fixture
def hook(bench: Bench) -> Connection:
    return bench.add("segment", settings={}, credentials={"shared_secret": SECRET}, next_at=None)


def _send(hook: Any, body: bytes, *, secret: str = SECRET, signature: str | None = None, **headers: str) -> Any:
    signed = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest() if signature is None else signature
    return Client(enforce_csrf_checks=True).post(
        f"/hooks/segment/{hook}", body, content_type="application/json", headers={"X-Signature": signed, **headers}
    )


def _batches(bench: Bench) -> list[IngestBatch]:
    with organisation_scope(bench.organisation.pk):
        return list(IngestBatch.objects.all())


def test_an_event_is_kept_before_it_is_answered_and_stored_once(bench: Bench, hook: Connection, broker: Any) -> None:
    body = json.dumps(EVENT).encode()
    for _ in range(2):
        answer = _send(hook.pk, body)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    kept = _batches(bench)
    assert [(one.connection_id, one.sync_id, one.key_id) for one in kept] == [(hook.pk, None, None)] * 2
    assert [name for name, _ in broker.sent] == ["ingest.batch"]  # one message for what waits of an organisation
    for one in kept:
        process_batch(organisation_id=bench.organisation.pk, batch_id=one.pk, now=NOW)
    assert [(who, name) for who, name, _ in bench.events()] == [("c-1", "Order Completed")]
    assert bench.ids() == ["seg-1"]


@pytest.mark.parametrize("signature", ["", "0" * 40, "ä", "sha1=", None])
def test_what_is_not_signed_with_the_secret_is_refused(bench: Bench, hook: Connection, signature: str | None) -> None:
    answer = _send(hook.pk, json.dumps(EVENT).encode(), secret="another secret of somebody", signature=signature)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert _batches(bench) == []


def test_a_body_that_was_changed_on_the_way_is_refused(bench: Bench, hook: Connection) -> None:
    body = json.dumps(EVENT).encode()
    signed = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    assert _send(hook.pk, body + b" ", signature=signed).status_code == 401
    assert _send(hook.pk, body, signature=signed.upper()).status_code == 200


def test_a_batch_signed_by_its_first_event_proves_nothing_of_the_others(bench: Bench, hook: Connection) -> None:
    """As Segment's newer destination signs batches: whoever has seen one signed event could add others to it."""
    first = json.dumps(EVENT).encode()
    signed = hmac.new(SECRET.encode(), first, hashlib.sha1).hexdigest()
    forged = b"[" + first + b"," + json.dumps({**EVENT, "userId": "c-2", "messageId": "x"}).encode() + b"]"
    assert _send(hook.pk, forged, signature=signed).status_code == 401
    assert _batches(bench) == []


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'"x"', b"\xff", b"[" * 5_000, b'{"a": 1e999}x'])
def test_a_signed_body_that_is_no_event_is_told_so(bench: Bench, hook: Connection, body: bytes) -> None:
    answer = _send(hook.pk, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert _batches(bench) == []


def test_unknown_removed_and_other_connections_are_answered_alike(bench: Bench, hook: Connection) -> None:
    other = bench.add("hubspot", settings={}, credentials={"token": SECRET})
    with organisation_scope(bench.organisation.pk):
        Connection.objects.filter(pk=hook.pk).update(removed_at=NOW, credentials_sealed="", next_at=None)
    answers = [_send(one, json.dumps(EVENT).encode()) for one in (uuid4(), hook.pk, other.pk)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


def test_paused_says_later_and_other_methods_and_sizes_are_refused(
    bench: Bench, hook: Connection, settings: Any
) -> None:
    body = json.dumps(EVENT).encode()
    assert Client().get(f"/hooks/segment/{hook.pk}").status_code == 405
    with organisation_scope(bench.organisation.pk):
        Connection.objects.filter(pk=hook.pk).update(paused_at=NOW)
    paused = _send(hook.pk, body)
    assert (paused.status_code, paused["Retry-After"]) == (503, "60")
    settings.INGEST_LIMIT_BYTES = 100
    assert _send(hook.pk, body).status_code == 413
    assert _batches(bench) == []


def test_a_suspended_organisation_takes_nothing_in(bench: Bench, hook: Connection) -> None:
    with organisation_scope(bench.organisation.pk):
        Organisation.objects.filter(pk=bench.organisation.pk).update(suspended_at=NOW)
    assert _send(hook.pk, json.dumps(EVENT).encode()).status_code == 403
    assert _batches(bench) == []


def test_somebody_who_tries_signatures_is_told_to_wait(bench: Bench, hook: Connection, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "wrong-key": "3/1h"}
    answers = [_send(hook.pk, b"{}", signature="0" * 40).status_code for _ in range(5)]
    assert answers == [401, 401, 401, 429, 429]


def test_it_counts_against_the_limit_of_the_organisation(bench: Bench, hook: Connection, settings: Any) -> None:
    """All its doors together: a second connection is not a second allowance."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "ingest": "3/1h"}
    other = bench.add("segment", settings={}, credentials={"shared_secret": SECRET}, next_at=None)
    body = json.dumps(EVENT).encode()
    answers = [_send(one, body) for one in (hook.pk, other.pk, hook.pk, other.pk)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[3]["Retry-After"]) > 0
    assert len(_batches(bench)) == 3


def test_it_is_told_to_wait_while_the_queue_is_full(bench: Bench, hook: Connection, settings: Any) -> None:
    settings.INGEST_WAITING_REQUESTS = 2
    body = json.dumps(EVENT).encode()
    answers = [_send(hook.pk, body) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[2]["Retry-After"] == "10"
    assert 1 <= int(answers[3]["Retry-After"]) <= 10  # what is left of them: a second may have passed
    assert len(_batches(bench)) == 2
