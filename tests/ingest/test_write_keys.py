"""The life of a write key: made, used, replaced while the old one is still taken, ended; each on record."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, UnauthenticatedError
from engagement.ingest import selectors
from engagement.ingest.models import IngestBatch, WriteKey
from engagement.ingest.services import create_write_key, revoke_write_key, rotate_write_key
from engagement.ingest.write_keys import resolve_write_key
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope, tenant
from tests import database
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import one, post, rows, track, write_key

DAY = timedelta(days=1)


def key_of(organisation: Organisation) -> UUID:
    (key_id,) = rows(organisation, WriteKey, "id", expires_at=None)
    return UUID(str(key_id))


def rotate(organisation: Organisation, key_id: UUID, *, ends_at: datetime = NOW + DAY) -> tuple[WriteKey, str]:
    with organisation_scope(organisation.pk):
        return rotate_write_key(organisation=organisation, key_id=key_id, ends_at=ends_at, user=None, now=NOW)


def is_open(secret: str, now: datetime) -> bool:
    try:
        resolve_write_key(secret, now=now)
    except UnauthenticatedError:
        return False
    return True


# ── replaced ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_both_keys_are_taken_until_the_old_one_runs_out(world: World) -> None:
    old = write_key(world.ours)
    successor, new = rotate(world.ours, key_of(world.ours))
    assert (successor.name, successor.expires_at, new[:4]) == ("web shop", None, "rpw_")
    for moment, expected in ((NOW, True), (NOW + DAY - timedelta(seconds=1), True), (NOW + DAY, False)):
        assert (is_open(old, moment), is_open(new, moment)) == (expected, True)
    with tenant(read=[world.ours.pk]):
        lines = selectors.write_keys(organisation=world.ours, now=NOW + DAY)
    assert [(line.id, line.is_over) for line in lines] == [(successor.pk, False), (lines[1].id, True)]


def test_several_keys_are_in_force_side_by_side(world: World) -> None:
    secrets = [write_key(world.ours, name) for name in ("web", "app", "till")]
    assert [is_open(secret, NOW) for secret in secrets] == [True, True, True]
    with organisation_scope(world.ours.pk):
        app = WriteKey.objects.get(name="app")
        revoke_write_key(organisation=world.ours, key_id=app.pk, now=NOW)
    assert [is_open(secret, NOW) for secret in secrets] == [True, False, True]


def test_what_has_ended_or_is_ending_has_no_other_successor(world: World) -> None:
    write_key(world.ours)
    key_id = key_of(world.ours)
    rotate(world.ours, key_id)
    with pytest.raises(ConflictError):
        rotate(world.ours, key_id)
    with organisation_scope(world.ours.pk):
        revoked = revoke_write_key(organisation=world.ours, key_id=key_of(world.ours), now=NOW)
    with pytest.raises(ConflictError):
        rotate(world.ours, revoked.pk)
    assert len(rows(world.ours, WriteKey, "id")) == 2


@pytest.mark.parametrize("ends_at", [NOW, NOW - DAY, NOW + 367 * DAY])
def test_the_old_key_ends_within_a_year(world: World, ends_at: datetime) -> None:
    write_key(world.ours)
    with pytest.raises(InvalidInputError):
        rotate(world.ours, key_of(world.ours), ends_at=ends_at)
    assert rows(world.ours, WriteKey, "expires_at") == [None]


def test_anothers_key_is_not_found(world: World) -> None:
    write_key(world.other)
    for key_id in (key_of(world.other), uuid4()):
        with pytest.raises(NotFoundError):
            rotate(world.ours, key_id)
    assert rows(world.other, WriteKey, "expires_at") == [None]


def test_the_page_asks_how_long_and_shows_the_successor_once(world: World, client: Client) -> None:
    old = write_key(world.ours)
    person = Client()
    person.force_login(world.consultant)
    address = reverse("write-key-rotate", args=[world.ours.slug, key_of(world.ours)])
    assert "Replace the key of “web shop”?" in person.get(address).content.decode()
    answer = person.post(address, {"hours": "1"})
    new = answer.context["created"]["secret"]
    assert (new in answer.content.decode(), "no-store" in answer["Cache-Control"]) == (True, True)
    assert "replaced, runs out" in answer.content.decode()
    assert [post(client, {"batch": []}, key=key).status_code for key in (old, new)] == [200, 200]
    (ends_at,) = [moment for moment in rows(world.ours, WriteKey, "expires_at") if moment]
    assert timedelta(minutes=59) < ends_at - timezone.now() <= timedelta(hours=1)
    assert new not in str(dict(person.session))
    assert new not in person.get(reverse("write-keys", args=[world.ours.slug])).content.decode()
    refused = person.post(address, {"hours": "1"})
    assert "Rotate its successor" in refused.content.decode()


# ── last used ────────────────────────────────────────────────────────────────────────────────────────────────


def test_use_is_noted_once_a_minute(world: World) -> None:
    secret = write_key(world.ours)
    statements = []
    for seconds, expected in ((0, 0), (59, 0), (60, 60), (61, 60)):
        with CaptureQueriesContext(connection) as captured:
            resolve_write_key(secret, now=NOW + timedelta(seconds=seconds))
        statements.append(len(captured.captured_queries))
        assert rows(world.ours, WriteKey, "last_used_at") == [NOW + timedelta(seconds=expected)]
    assert statements == [2, 1, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_use_is_noted_although_the_request_is_refused_and_without_waiting() -> None:
    world = build_world()
    secret = write_key(world.ours)
    with psycopg.connect(database.admin_url(database.DATABASE)) as other, connection.cursor() as cursor:
        other.execute("SELECT 1 FROM ingest_writekey FOR NO KEY UPDATE")
        cursor.execute("SET statement_timeout = '2s'")
        assert post(Client(), {"batch": []}, key=secret).status_code == 200
        cursor.execute("RESET statement_timeout")
    assert rows(world.ours, WriteKey, "last_used_at") == [None]
    assert post(Client(), b"[]", key=secret).status_code == 400
    (used,) = rows(world.ours, WriteKey, "last_used_at")
    assert timezone.now() - used < timedelta(minutes=1)


# ── on record ────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_step_of_its_life_is_on_record_without_a_hint(world: World) -> None:
    with organisation_scope(world.ours.pk):
        key, _ = create_write_key(organisation=world.ours, name="Anna’s shop", user=world.admin, now=NOW)
        successor, secret = rotate_write_key(
            organisation=world.ours, key_id=key.pk, ends_at=NOW + DAY, user=world.admin, now=NOW
        )
        for _ in range(2):
            revoke_write_key(organisation=world.ours, key_id=successor.pk, now=NOW)
        entries = list(AuditEntry.objects.filter(act__startswith="write_key").order_by("number"))
    assert [(entry.act, entry.object_id) for entry in entries] == [
        ("write_key.created", str(key.pk)),
        ("write_key.rotated", str(key.pk)),
        ("write_key.revoked", str(successor.pk)),
    ]
    assert json.loads(entries[1].content)["new"] == {
        "successor": str(successor.pk), "expires_at": (NOW + DAY).isoformat(),
    }  # fmt: skip
    text = "".join(entry.content for entry in entries)
    assert [part for part in (secret, "Anna", f'"{secret[-4:]}"') if part in text] == []


# ── what is kept of a request ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", ["writeKey", "api_key", "message", "property", "escaped", "twice", "another"])
def test_the_key_is_not_kept_with_the_body(world: World, client: Client, place: str) -> None:
    key, spare = write_key(world.ours), write_key(world.ours, "spare")
    body: dict[str, Any] = {"batch": [track(1)], "writeKey": key}
    raw = {
        "writeKey": json.dumps(body),
        "api_key": json.dumps({"api_key": key, "batch": [track(1)]}),
        "message": json.dumps({**body, "batch": [track(1, writeKey=key)]}),
        "property": json.dumps({**body, "batch": [track(1, properties={"sent_with": f"<{key}>"})]}),
        "escaped": json.dumps(body).replace(key, "".join(f"\\u{ord(letter):04x}" for letter in key)),
        "twice": json.dumps(body).replace('"writeKey"', f'"writeKey" : "{spare}", "writeKey"'),
        "another": json.dumps({**body, "api_key": spare}),
    }[place]
    assert post(client, raw.encode()).status_code == 200
    (kept,) = rows(world.ours, IngestBatch, "raw")
    said = json.dumps(json.loads(bytes(kept)))
    assert [secret for secret in (key, spare) if secret in bytes(kept).decode() + said] == []
    assert [message["messageId"] for message in json.loads(bytes(kept))["batch"]] == ["m1"]
    assert one(world.ours, IngestBatch, rows(world.ours, IngestBatch, "id")[0]).state == "waiting"
