"""Pages about data: upload, progress, what was rejected, write keys; who may, and whose."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from engagement.ingest.models import FileImport, IngestBatch, WriteKey
from engagement.ingest.selectors import rejected_rows
from engagement.ingest.services import process_import
from engagement.ingest.services.mending import harmless
from engagement.ingest.write_keys import key_digest
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.ingest.conftest import Broker
from tests.ingest.sending import identify, keep, one, post, rows, send, take, ticking, track, upload, write_key

pytestmark = pytest.mark.usefixtures("uploads", "broker")

GOOD = "customer,event,date\nc1,visit,2025-12-31\n"
BAD = "customer,event,date\nc1,visit,2025-12-31\n=c2,visit,2025-13-40\n<script>,visit,never\n"


CHOSEN = {"role_customer": "customer", "role_event": "event", "role_time": "date", "act": "read"}


def page(name: str, organisation: Organisation, *args: Any) -> str:
    return reverse(name, args=[organisation.slug, *args])


def as_person(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def form(content: str = GOOD, **changes: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("events.csv", content.encode())
    return {"file": file, "kind": "events", "sameness": "position", **changes}


def test_an_upload_leads_to_its_progress_and_is_read_by_a_worker(world: World) -> None:
    client = as_person(world.consultant)
    answer = client.post(page("imports", world.ours), form())
    (import_id,) = rows(world.ours, FileImport, "id")
    assert (answer.status_code, answer["Location"]) == (302, page("import-mapping", world.ours, import_id))
    answer = client.post(answer["Location"], CHOSEN)
    assert (answer.status_code, answer["Location"]) == (302, page("import", world.ours, import_id))
    waiting = client.get(answer["Location"]).content.decode()
    assert "The file waits for a worker" in waiting
    assert f'hx-get="{page("import-progress", world.ours, import_id)}" hx-trigger="every 2s"' in waiting
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking())
    done = client.get(page("import-progress", world.ours, import_id)).content.decode()
    assert "The file is in" in done
    assert "hx-get" not in done  # the control: it stops asking
    assert '<span id="import-finding" hx-swap-oob="true">events.csv: ' in done
    assert "Go on with the steps to the first score" in done
    assert 'id="import-finding">events.csv: ' in client.get(page("import", world.ours, import_id)).content.decode()
    assert one(world.ours, FileImport, import_id).created_by_id == world.consultant.pk


@pytest.mark.parametrize(
    ("read", "seconds", "said"),
    [
        (0, None, "It begins when a worker is free"),
        (10, 60, "How long it takes shows once a twentieth is read."),
        (250, 5, "How long it takes shows once a twentieth is read."),
        (300, 60, "About 3 minutes left"),
        (1_000, 60, "Less than a minute left"),
    ],
)
def test_how_long_it_still_takes_is_said_once_it_is_known(
    world: World, read: int, seconds: int | None, said: str
) -> None:
    client = as_person(world.consultant)
    client.post(client.post(page("imports", world.ours), form())["Location"], CHOSEN)
    (import_id,) = rows(world.ours, FileImport, "id")
    began = None if seconds is None else timezone.now() - timedelta(seconds=seconds)
    with organisation_scope(world.ours.pk):
        FileImport.objects.update(size_bytes=1_000, bytes_read=read, started_at=began)
    assert said in client.get(page("import-progress", world.ours, import_id)).content.decode()


def test_the_choice_of_sameness_is_explained_and_kept(world: World) -> None:
    client = as_person(world.consultant)
    text = client.get(page("imports", world.ours)).content.decode()
    assert "How sameness is decided" in text
    assert "the same file again adds nothing" in text
    assert "what earlier files brought for them is taken out first" in text
    client.post(page("imports", world.ours), form(sameness="replace_days"))
    assert rows(world.ours, FileImport, "sameness") == ["replace_days"]


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"file": ""}, "This field is required."),
        ({"kind": "orders"}, "Select a valid choice"),
        ({"content": ""}, "The file is empty."),
    ],
)
def test_what_is_wrong_stands_beside_the_field(world: World, changes: dict[str, Any], error: str) -> None:
    answer = as_person(world.consultant).post(page("imports", world.ours), form(**changes))
    assert (answer.status_code, error in answer.content.decode()) == (200, True)
    assert rows(world.ours, FileImport, "id") == []


def test_a_file_beyond_the_limit_is_413(world: World, settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 10
    answer = as_person(world.consultant).post(page("imports", world.ours), form())
    assert (answer.status_code, rows(world.ours, FileImport, "id")) == (413, [])


def test_the_empty_page_says_what_to_do(world: World, settings: Any) -> None:
    settings.PUBLIC_URL = "https://rapport.example"
    text = as_person(world.consultant).get(page("imports", world.ours)).content.decode()
    assert "No event has come in yet" in text
    assert "curl -u WRITE_KEY: https://rapport.example/v1/track" in text
    assert page("write-keys", world.ours) in text


def test_the_list_tells_files_and_requests_with_their_counts(world: World) -> None:
    take(world.ours, BAD)
    client = as_person(world.consultant)
    post(client, {"batch": [track(1), track(1), track(2, userId=None), identify("c9")]}, key=write_key(world.ours))
    (batch_id,) = rows(world.ours, IngestBatch, "id")
    keep(world.other, [track(1)])
    waiting = client.get(page("imports", world.ours))
    assert [(line.name, line.waiting, line.stored) for line in waiting.context["sources"]] == [("web shop", 1, 0)]
    from engagement.ingest.services import process_batch

    process_batch(
        organisation_id=world.ours.pk, batch_id=batch_id, now=one(world.ours, IngestBatch, batch_id).received_at
    )
    answer = client.get(page("imports", world.ours))
    (file,) = answer.context["imports"]
    (source,) = answer.context["sources"]
    assert (file.state_name, file.stored, file.duplicates, file.rejected) == ("Done", 1, 0, 2)
    assert (source.requests, source.waiting, source.stored, source.duplicates, source.rejected) == (1, 0, 2, 1, 1)
    assert "The last events came in on" in answer.content.decode()


def test_rejected_rows_stand_with_line_and_remedy_and_are_escaped(world: World) -> None:
    row = take(world.ours, BAD)
    text = as_person(world.consultant).get(page("import", world.ours, row.pk)).content.decode()
    assert "“2025-13-40” is not a day or time." in text
    assert "Write the day as 2025-12-31" in text
    assert "&lt;script&gt;,visit,never" in text
    assert "<script>,visit" not in text


def test_a_remedy_is_said_in_the_readers_language(world: World) -> None:
    row = take(world.ours, BAD)
    with organisation_scope(world.ours.pk, write=False), translation.override("de"):
        said = {line.remedy for line in rejected_rows(organisation=world.ours, import_id=row.pk)}
    assert any(remedy.startswith("Schreiben Sie den Tag als 2025-12-31") for remedy in said)


def test_rejected_rows_as_csv_hold_no_formula(world: World) -> None:
    row = take(world.ours, BAD)
    answer = as_person(world.consultant).get(page("import-rejected", world.ours, row.pk))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    remedy = "Write the day as 2025-12-31, or the time as 2025-12-31 23:59:59 or 2025-12-31T23:59:59Z."
    ours = ["rapport_row", "rapport_line", "rapport_reason", "rapport_remedy", "rapport_original"]
    origin, reason = row.digest[:32], "“{}” is not a day or time."
    assert list(csv.reader(io.StringIO(text))) == [
        ["customer", "event", "date", *ours],
        ["'=c2", "visit", "2025-13-40", f"{origin}:2", "3", reason.format("2025-13-40"), remedy, ""],
        ["<script>", "visit", "never", f"{origin}:3", "4", reason.format("never"), remedy, ""],
    ]


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_would_be_a_formula_is_made_text(mark: str) -> None:
    assert harmless(f"{mark}1+1") == f"'{mark}1+1"
    assert harmless("1+1") == "1+1"


def test_a_file_that_failed_says_why(world: World) -> None:
    row = take(world.ours, "customer,what\nc1,x\n")
    text = as_person(world.consultant).get(page("import", world.ours, row.pk)).content.decode()
    assert "The file could not be taken" in text
    assert "The file has no column for the event." in text


def test_rejected_messages_stand_with_their_sender_escaped(world: World) -> None:
    client = as_person(world.consultant)
    assert "Every message and row could be used" in client.get(page("rejected", world.ours)).content.decode()
    post(client, {"batch": [track(1, event="<script>alert(1)</script>", userId=None)]}, key=write_key(world.ours))
    (batch_id,) = rows(world.ours, IngestBatch, "id")
    from engagement.ingest.services import process_batch

    process_batch(
        organisation_id=world.ours.pk, batch_id=batch_id, now=one(world.ours, IngestBatch, batch_id).received_at
    )
    send(world.other, track(7, userId=None))
    answer = client.get(page("rejected", world.ours))
    text = answer.content.decode()
    (group,) = answer.context["groups"]
    assert (group.sources, group.waiting, group.code) == (("web shop",), 1, "missing_customer")
    assert "1 message or row could not be used and waits" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


@pytest.mark.parametrize("asked", ["", "0", "-1", "99", "x", "9" * 40])
def test_an_impossible_page_is_one_that_exists(world: World, asked: str) -> None:
    send(world.ours, *[track(number, userId=None) for number in range(60)])
    answer = as_person(world.consultant).get(page("rejected-group", world.ours, "missing_customer"), {"page": asked})
    assert answer.status_code == 200
    assert answer.context["page"].number in {1, 2}
    assert answer.context["page"].paginator.count == 60


def test_a_key_is_shown_once_and_works(world: World, client: Client) -> None:
    admin = as_person(world.admin)
    assert "No write key yet" in admin.get(page("write-keys", world.ours)).content.decode()
    answer = admin.post(page("write-keys", world.ours), {"name": "app"})
    secret = answer.context["created"]["secret"]
    assert (answer.status_code, secret in answer.content.decode()) == (200, True)
    assert "no-store" in answer["Cache-Control"]
    assert secret not in admin.get(page("write-keys", world.ours)).content.decode()
    assert rows(world.ours, WriteKey, "name", "created_by_id") == [("app", world.admin.pk)]
    assert post(client, {"batch": []}, key=secret).status_code == 200


def test_revoking_asks_first_and_counts_at_once(world: World, client: Client) -> None:
    secret = write_key(world.ours)
    (key_id,) = rows(world.ours, WriteKey, "id")
    admin = as_person(world.admin)
    asked = admin.get(page("write-key-revoke", world.ours, key_id)).content.decode()
    assert "Revoke the key of “web shop”?" in asked
    assert post(client, {"batch": []}, key=secret).status_code == 200  # asking revokes nothing
    answer = admin.post(page("write-key-revoke", world.ours, key_id))
    assert (answer.status_code, answer["Location"]) == (302, page("write-keys", world.ours))
    assert post(client, {"batch": []}, key=secret).status_code == 401
    assert "revoked" in admin.get(page("write-keys", world.ours)).content.decode()
    revoked_at = one(world.ours, WriteKey, key_id).revoked_at
    admin.post(page("write-key-revoke", world.ours, key_id))
    assert one(world.ours, WriteKey, key_id).revoked_at == revoked_at


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_key_needs_a_name(world: World, name: str) -> None:
    answer = as_person(world.admin).post(page("write-keys", world.ours), {"name": name})
    assert (answer.status_code, rows(world.ours, WriteKey, "id")) == (200, [])
    assert 'aria-invalid="true"' in answer.content.decode()


def test_viewers_are_refused_and_strangers_find_nothing(world: World) -> None:
    import_id = upload(world.ours, GOOD)
    write_key(world.ours)
    (key_id,) = rows(world.ours, WriteKey, "id")
    addresses = [
        page("imports", world.ours),
        page("import", world.ours, import_id),
        page("import-progress", world.ours, import_id),
        page("import-rejected", world.ours, import_id),
        page("rejected", world.ours),
        page("write-keys", world.ours),
        page("write-key-revoke", world.ours, key_id),
    ]
    for address in addresses:
        assert (as_person(world.viewer).get(address).status_code, address) == (403, address)
        assert (as_person(world.stranger).get(address).status_code, address) == (404, address)
        assert (as_person(world.consultant).get(address).status_code, address) == (200, address)
    assert as_person(world.viewer).post(page("imports", world.ours), form()).status_code == 403
    assert as_person(world.viewer).post(page("write-key-revoke", world.ours, key_id)).status_code == 403
    assert one(world.ours, WriteKey, key_id).revoked_at is None


def test_anothers_objects_are_not_found_within_ones_own(world: World) -> None:
    import_id = upload(world.other, GOOD)
    write_key(world.other)
    (key_id,) = rows(world.other, WriteKey, "id")
    consultant = as_person(world.consultant)
    for name, row_id in (
        ("import", import_id),
        ("import-progress", import_id),
        ("import-rejected", import_id),
        ("write-key-revoke", key_id),
        ("import", uuid4()),
        ("write-key-revoke", uuid4()),
    ):
        assert (consultant.get(page(name, world.ours, row_id)).status_code, name) == (404, name)
    assert consultant.post(page("write-key-revoke", world.ours, key_id)).status_code == 404
    assert one(world.other, WriteKey, key_id).revoked_at is None
    assert bytes(one(world.other, WriteKey, key_id).digest) != key_digest("")


@pytest.mark.django_db(transaction=True)
def test_an_uploaded_page_wakes_a_worker(broker: Broker) -> None:
    from tests.conftest import build_world

    world = build_world()
    client = as_person(world.consultant)
    chosen = client.post(page("imports", world.ours), form())["Location"]
    assert broker.sent == []  # nobody has said yet what its columns are
    client.post(chosen, CHOSEN)
    (import_id,) = rows(world.ours, FileImport, "id")
    assert broker.sent == [("ingest.file_import", [world.ours.pk, str(import_id)])]
