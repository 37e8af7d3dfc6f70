"""An organisation is taken along whole, rests, is called back, and is deleted with a proof that holds."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from engagement.connections.models import Connection
from engagement.errors import ConflictError, InvalidInputError
from engagement.ingest.models import IngestBatch
from engagement.ingest.services import maintain
from engagement.insights.models import WebhookEndpoint
from engagement.insights.services.dispatch import dispatch_due, sweep
from engagement.insights.services.score import score
from engagement.scoring.models import RunRequest
from tenants.models import AuditEntry, DeletionProof, Organisation, Role, Takeout
from tenants.scope import organisation_scope, tenant
from tenants.services import add_member, deleting, takeouts
from tenants.services import closing as services
from tests.conftest import NOW, World, _superuser, build_world, make_user
from tests.ingest.conftest import broker, uploads
from tests.ingest.sending import identify, post, send, track, write_key
from tests.insights.erasing_world import DAY, erased, number_of
from tests.scoring.config import published

__all__ = ["broker", "uploads"]
pytestmark = pytest.mark.usefixtures("uploads", "broker")
committed = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def filled(organisation: Organisation) -> None:
    """Customers, events, a score twice (so that a run points at another), a rejected row."""
    published(organisation)
    send(organisation, *[track(n) for n in range(1, 7)], track(8, timestamp="never"))
    send(organisation, identify("c1", {"surname": "Zqtaken"}))
    for _ in range(2):
        score(organisation_id=organisation.pk, as_of=DAY, cause="request", now=NOW)


def fresh(organisation: Organisation) -> Organisation:
    with tenant(read=[organisation.pk]):
        return Organisation.objects.get(pk=organisation.pk)


def written(organisation: Organisation, *, now: Any = NOW) -> Takeout:
    with organisation_scope(organisation.pk):
        asked = takeouts.ask_takeout(organisation=organisation, user=None, now=now)
    assert takeouts.write_takeout(organisation_id=organisation.pk, takeout_id=UUID(str(asked.pk)), now=now)
    with organisation_scope(organisation.pk):
        return Takeout.objects.get(pk=asked.pk)


def rows_of(organisation_id: int) -> dict[str, int]:
    """By table, what the superuser counts of an organisation."""
    connection = _superuser()
    tables = connection.execute(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND a.attname = 'organisation_id' AND NOT a.attisdropped"
    ).fetchall()
    counts = {
        table: connection.execute(
            f"SELECT count(*) FROM {table} WHERE organisation_id = %s",
            [organisation_id],
        ).fetchall()[0][0]
        for (table,) in tables
    }
    return {table: n for table, n in counts.items() if n}


# ── taking it along ──────────────────────────────────────────────────────────────────────────────────────────


@committed
def test_the_file_holds_every_row_of_it_and_nothing_of_others() -> None:
    world = build_world()
    filled(world.ours)
    filled(world.other)
    done = written(world.ours)
    path = takeouts.takeout_path(stored_as=done.stored_as)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == done.digest
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["organisation"] == world.ours.slug
        found = {}
        for table, said in manifest["tables"].items():
            text = archive.read(f"{table}.jsonl")
            lines = [json.loads(line) for line in text.decode().splitlines()]
            assert (len(lines), hashlib.sha256(text).hexdigest()) == (said["rows"], said["sha256"])
            assert {line.get("organisation_id", world.ours.pk) for line in lines} <= {world.ours.pk}
            found[table] = len(lines)
    there = rows_of(world.ours.pk)
    # The request for it was put on record, and its row changed, after it was asked for: both are in the file.
    assert {table: n for table, n in found.items() if n} == there | {"tenants_organisation": 1}


@committed
def test_digests_of_keys_stay_here() -> None:
    world = build_world()
    write_key(world.ours)
    with zipfile.ZipFile(takeouts.takeout_path(stored_as=written(world.ours).stored_as)) as archive:
        (line,) = archive.read("ingest_writekey.jsonl").decode().splitlines()
    assert "digest" not in json.loads(line)


@committed
def test_sealed_secrets_of_other_systems_stay_here() -> None:
    """Of a webhook and of a connection: whoever has the archive learns that they are there, not the secret."""
    world = build_world()
    with organisation_scope(world.ours.id):
        Connection.objects.create(
            organisation=world.ours, vendor="hubspot", name="CRM", credentials_sealed="sealed-canary", created_at=NOW
        )
        WebhookEndpoint.objects.create(
            organisation=world.ours, name="Chat", url="https://example.com", secret_sealed="sealed-canary",
            former_sealed="sealed-canary", created_at=NOW,
        )  # fmt: skip
    with zipfile.ZipFile(takeouts.takeout_path(stored_as=written(world.ours).stored_as)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "CRM" in found["connections_connection.jsonl"]
    assert [name for name, text in found.items() if "sealed" in text] == []


def test_every_column_that_is_sealed_is_left_out() -> None:
    """The list in the service is by name: a new sealed column stands there too."""
    columns = {field.name for model in apps.get_models() for field in model._meta.fields if "sealed" in field.name}
    assert columns - {"secret_sealed", "former_sealed", "credentials_sealed"} == set()


@committed
def test_files_expire_and_go_when_somebody_is_erased(uploads: Path) -> None:
    world = build_world()
    filled(world.ours)
    first = written(world.ours)
    erased(world.ours, number_of(world.ours, "c1"))
    with organisation_scope(world.ours.pk):
        assert Takeout.objects.get(pk=first.pk).state == "gone"
    second = written(world.ours)
    assert takeouts.expire_takeouts(now=NOW + timedelta(days=6)) == 0
    assert takeouts.expire_takeouts(now=NOW + timedelta(days=8)) == 1
    assert list((uploads / "takeouts").iterdir()) == []
    with organisation_scope(world.ours.pk):
        assert Takeout.objects.get(pk=second.pk).state == "gone"


def test_an_export_is_asked_for_downloaded_and_on_record(world: World) -> None:
    client = Client()
    client.force_login(world.admin)
    address = reverse("takeout-new", args=[world.ours.slug])
    assert client.post(address).status_code == 302
    assert "already" in client.post(address, follow=True).content.decode()
    with organisation_scope(world.ours.pk):
        asked = Takeout.objects.get()
    takeouts.write_takeout(organisation_id=world.ours.pk, takeout_id=UUID(str(asked.pk)), now=NOW)
    page = client.get(reverse("leaving", args=[world.ours.slug]))
    assert "Download" in page.content.decode()
    answer = client.get(reverse("takeout", args=[world.ours.slug, asked.pk]))
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    with organisation_scope(world.ours.pk):
        acts = list(AuditEntry.objects.order_by("number").values_list("act", flat=True))
    assert acts[-2:] == ["organisation.export_asked", "organisation.exported"]


def test_what_failed_five_times_has_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with organisation_scope(world.ours.pk):
        asked = takeouts.ask_takeout(organisation=world.ours, user=None, now=NOW)

    def full(*_: Any) -> Any:
        raise OSError("no room")

    monkeypatch.setattr(takeouts, "_table", full)
    for day in range(5):
        with pytest.raises(OSError, match="no room"):
            takeouts.write_takeout(
                organisation_id=world.ours.pk, takeout_id=UUID(str(asked.pk)), now=NOW + timedelta(days=day)
            )
    with organisation_scope(world.ours.pk):
        assert Takeout.objects.get(pk=asked.pk).state == "failed"


# ── resting ──────────────────────────────────────────────────────────────────────────────────────────────────


def suspended(world: World) -> None:
    with organisation_scope(world.ours.pk):
        services.suspend(organisation=fresh(world.ours), reason="The contract rests", now=NOW)


def test_a_suspended_organisation_opens_nothing_but_the_way_out(world: World) -> None:
    key, client = write_key(world.ours), Client()
    client.force_login(world.admin)
    suspended(world)
    for name in ("scorecard", "customers", "settings", "members"):
        answer = client.get(reverse(name, args=[world.ours.slug]))
        assert (answer.status_code, "is suspended" in answer.content.decode()) == (403, True), name
    api = client.get(reverse("api-organisation", args=[world.ours.slug]))
    assert (api.status_code, api.json()["code"]) == (403, "suspended")
    refused = post(Client(), {"batch": [track(1)]}, key=key)
    assert (refused.status_code, "suspended" in refused.content.decode()) == (403, True)
    with organisation_scope(world.ours.pk):
        assert not IngestBatch.objects.exists()
    assert client.get(reverse("scorecard", args=[world.other.slug])).status_code == 200
    page = client.get(reverse("leaving", args=[world.ours.slug])).content.decode()
    assert "The contract rests" in page
    assert client.post(reverse("resume", args=[world.ours.slug]), follow=True).status_code == 200
    assert client.get(reverse("scorecard", args=[world.ours.slug])).status_code == 200
    assert post(Client(), {"batch": [track(1)]}, key=key).status_code == 200


def test_a_stranger_learns_nothing_of_a_suspended_organisation(world: World) -> None:
    client = Client()
    client.force_login(world.stranger)
    before = client.get(reverse("api-organisation", args=[world.ours.slug]))
    suspended(world)
    after = client.get(reverse("api-organisation", args=[world.ours.slug]))
    assert (before.status_code, before.content) == (after.status_code, after.content)
    assert after.status_code == 404


def test_the_portfolio_names_a_suspended_client_and_shows_nothing_of_it(world: World) -> None:
    client = Client()
    client.force_login(world.consultant)
    address = reverse("portfolio", args=[world.firm.slug])
    row = f'<th scope="row"><a href="{reverse("scorecard", args=[world.ours.slug])}"'.encode()
    assert row in client.get(address).content
    suspended(world)
    page = client.get(address).content
    assert row not in page
    assert f"Suspended, so nothing of theirs is shown: {world.ours.name}".encode() in page
    assert world.ours.name.encode() not in client.get(address, {"format": "csv"}).content


def test_who_asks_for_their_data_is_answered_while_it_rests(world: World) -> None:
    suspended(world)
    client = Client()
    client.force_login(world.admin)
    assert client.get(reverse("privacy", args=[world.ours.slug])).status_code == 200
    assert client.get(reverse("api-erasures", args=[world.ours.slug])).status_code == 200
    assert client.get(reverse("scorecard", args=[world.ours.slug])).status_code == 403


def test_it_is_not_called_back_once_its_days_are_over(world: World) -> None:
    with organisation_scope(world.ours.pk):
        said: dict[str, Any] = {"typed": world.ours.slug, "reason": "Ended", "user_id": world.admin.pk, "now": NOW}
        due = services.ask_deletion(organisation=fresh(world.ours), **said)
        with pytest.raises(ConflictError, match="days of grace are over"):
            services.call_back(organisation=fresh(world.ours), now=due)
        services.call_back(organisation=fresh(world.ours), now=due - timedelta(seconds=1))


@committed
def test_nothing_is_scored_while_it_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, Any]] = []

    class Broker:
        def send_task(self, name: str, *, args: Any, **_: Any) -> None:
            sent.append((name, args))

    monkeypatch.setattr("engagement.insights.services.dispatch.current_app", Broker())
    world = build_world()
    published(world.ours)
    suspended(world)
    with organisation_scope(world.ours.pk):
        RunRequest.objects.create(organisation=world.ours, as_of=DAY, cause="request", requested_at=NOW)
    assert dispatch_due(now=NOW) == 0
    sweep(now=NOW)
    assert "insights.run_group" not in {name for name, _ in sent}
    with organisation_scope(world.ours.pk):
        services.resume(organisation=fresh(world.ours))
    assert dispatch_due(now=NOW) == 1
    sweep(now=NOW)
    assert "insights.run_group" in {name for name, _ in sent}


def test_only_an_admin_of_the_firm_suspends_and_deletes(world: World) -> None:
    own = make_user(f"own{world.ours.pk}")
    with organisation_scope(world.ours.pk):
        add_member(user=own, role=Role.ADMIN)
    for user, status in ((own, 403), (world.consultant, 403), (world.admin, 200)):
        client = Client()
        client.force_login(user)
        for name in ("suspend", "delete"):
            assert client.get(reverse(name, args=[world.ours.slug])).status_code == status, (user, name)
    client = Client()
    client.force_login(own)
    page = client.get(reverse("leaving", args=[world.ours.slug]))
    assert (page.status_code, "An admin of the firm can do this" in page.content.decode()) == (200, True)
    assert client.post(reverse("takeout-new", args=[world.ours.slug])).status_code == 302


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_deleting_asks_for_the_address_and_can_be_called_back(world: World) -> None:
    said: dict[str, Any] = {"reason": "Over", "user_id": world.admin.pk, "now": NOW}
    with organisation_scope(world.ours.pk):
        with pytest.raises(InvalidInputError):
            services.ask_deletion(organisation=fresh(world.ours), typed=world.other.slug, **said)
        assert fresh(world.ours).delete_after is None
        due = services.ask_deletion(organisation=fresh(world.ours), typed=world.ours.slug, **said)
        assert due == NOW + timedelta(days=7)
        with pytest.raises(ConflictError):
            services.resume(organisation=fresh(world.ours))
        services.call_back(organisation=fresh(world.ours), now=NOW)
        found = fresh(world.ours)
        assert (found.delete_after, found.suspended_at) == (None, NOW)
        services.resume(organisation=found)
        acts = list(AuditEntry.objects.order_by("number").values_list("act", flat=True))[-3:]
    assert acts == ["organisation.deletion_asked", "organisation.deletion_called_back", "organisation.resumed"]


def test_a_firm_is_not_closed_by_a_page(world: World) -> None:
    with organisation_scope(world.firm.pk), pytest.raises(ConflictError, match="whoever runs this server"):
        services.suspend(organisation=fresh(world.firm), reason="x", now=NOW)


@committed
def test_every_row_goes_the_firm_has_a_proof_and_others_keep_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deleting, "ROWS_AT_ONCE", 3)
    world = build_world()
    filled(world.ours)
    filled(world.other)
    erased(world.ours, number_of(world.ours, "c2"))
    with organisation_scope(world.ours.pk):
        services.ask_deletion(
            organisation=fresh(world.ours), typed=world.ours.slug, reason="Over", user_id=world.admin.pk, now=NOW
        )
        last = AuditEntry.objects.order_by("-number").first()
    assert last is not None
    theirs, ours = rows_of(world.other.pk), rows_of(world.ours.pk)
    assert maintain(now=NOW + timedelta(days=6)).organisations == 0
    assert rows_of(world.ours.pk) == ours
    assert maintain(now=NOW + timedelta(days=7, minutes=1)).organisations == 1
    assert rows_of(world.ours.pk) == {}
    assert rows_of(world.other.pk) == theirs
    ((n,),) = (
        _superuser().execute("SELECT count(*) FROM tenants_organisation WHERE id = %s", [world.ours.pk]).fetchall()
    )
    assert n == 0
    with organisation_scope(world.firm.pk):
        proof = DeletionProof.objects.get()
        entry = AuditEntry.objects.get(act="organisation.deleted")
    assert proof.rows == ours
    assert (proof.slug, proof.record_entries, proof.record_hash) == (
        world.ours.slug, last.number, bytes(last.hash).hex()
    )  # fmt: skip
    assert entry.object_id == str(world.ours.pk)
    assert f"{sum(ours.values()):,} deleted, 0 left" in proof.text
    assert "gone after 2026-03-23" in proof.text  # 14 days of backups
    client = Client()
    client.force_login(world.admin)
    answer = client.get(reverse("deletion-proof", args=[world.firm.slug, proof.pk]))
    assert answer.content.decode() == proof.text
    assert client.get(reverse("scorecard", args=[world.ours.slug])).status_code == 404
    assert maintain(now=NOW + timedelta(days=8)).organisations == 0


@committed
def test_a_deletion_that_breaks_off_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    world = build_world()
    filled(world.ours)
    with organisation_scope(world.ours.pk):
        services.ask_deletion(
            organisation=fresh(world.ours), typed=world.ours.slug, reason="Over", user_id=world.admin.pk, now=NOW
        )
    whole, calls = deleting._delete_all, []

    def break_off(table: str, organisation_id: int) -> int:
        calls.append(table)
        if len(calls) == 12:
            raise KeyError("pulled the plug")
        return whole(table, organisation_id)

    later = NOW + timedelta(days=8)
    with monkeypatch.context() as patched:
        patched.setattr(deleting, "_delete_all", break_off)
        with pytest.raises(KeyError):
            deleting.delete_due_organisations(now=later)
    assert rows_of(world.ours.pk)
    out = io.StringIO()
    call_command("maintain", stdout=out)
    assert "1 organisations deleted" in out.getvalue()
    assert rows_of(world.ours.pk) == {}
    with organisation_scope(world.firm.pk):
        proof = DeletionProof.objects.get()
        assert len(proof.record_hash) == 64  # the record went last


def test_the_control_rows_that_are_left_stop_the_proof(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deleting, "_remove_files", lambda _: None)
    monkeypatch.setattr(deleting, "_children_first", lambda: [("ingest_event", "organisation_id")])
    monkeypatch.setattr(deleting, "_delete_all", lambda *_: 1)
    monkeypatch.setattr(deleting, "_count", lambda *_: 2)
    due = deleting.Due(world.ours.pk, world.ours.slug, world.firm.pk, NOW, None, 1, "00")
    with pytest.raises(ConflictError, match="ingest_event"):
        deleting.delete_organisation(due=due, now=NOW)
    with organisation_scope(world.firm.pk):
        assert not DeletionProof.objects.exists()


def test_tables_that_point_at_each_other_are_an_error() -> None:
    with pytest.raises(ConflictError, match="circle"):
        deleting.in_order(tables=["a", "b"], points_at={"a": {"b"}, "b": {"a"}})
