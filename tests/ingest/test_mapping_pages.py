"""Pages on which people decide about a file, and the same over the API."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from engagement.ingest.models import Event, FileImport, SavedMapping
from engagement.ingest.services import process_import
from tests.conftest import World
from tests.ingest.sending import LATER, message_ids, one, rows, take, ticking
from tests.ingest.test_data_pages import as_person, page

GERMAN = "Kunde;Wann;Betrag\nk1;2025-12-30;12.50\nk2;2025-12-31;3\n"
CHOSEN = {
    "role_customer": "Kunde", "role_time": "Wann", "event_name": "Purchase", "kept": ["Betrag"], "sameness": "position",
}  # fmt: skip
API_MAPPING = {"roles": {"customer": "Kunde", "time": "Wann"}, "constants": {"event": "Purchase"}}

pytestmark = pytest.mark.usefixtures("uploads", "broker")


def sent(world: World, content: str = GERMAN, *, kind: str = "events") -> tuple[Any, UUID]:
    """A client signed in, and the file it has uploaded on the page."""
    client = as_person(world.consultant)
    file = SimpleUploadedFile("kasse.csv", content.encode())
    answer = client.post(page("imports", world.ours), {"file": file, "kind": kind, "sameness": "position"})
    assert answer.status_code == 302
    return client, UUID(answer["Location"].split("/")[-3])


def work(world: World, import_id: UUID, now: Any = None) -> None:
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(*([now] if now else [])))


def test_columns_are_guessed_shown_and_changed(world: World) -> None:
    client, import_id = sent(world)
    address = page("import-mapping", world.ours, import_id)
    text = client.get(address).content.decode()
    assert '<option value="Kunde" selected>' in text
    assert '<option value="Wann" selected>' in text
    assert "The file has no column for the event." in text
    shown = client.post(address, {**CHOSEN, "act": "show"})
    text = shown.content.decode()
    assert (shown.status_code, "Purchase" in text, "<code>Betrag</code> 12.5" in text) == (200, True, True)
    assert "30 Dec 2025" in text
    assert (message_ids(world.ours), one(world.ours, FileImport, import_id).state) == ([], "draft")


def test_a_file_of_which_no_first_row_fits_says_so_before_anybody_imports_it(world: World) -> None:
    told = "None of these rows can be used so."
    for content, is_told in (
        ("customer,event,date\nc1,visit,12/31/2025\nc2,visit,12/30/2025\n", True),
        ("customer,event,date\nc1,visit,12/31/2025\nc2,visit,30.12.2025\n", False),
    ):
        client, import_id = sent(world, content)
        assert (told in client.get(page("import-mapping", world.ours, import_id)).content.decode()) is is_told


def test_it_is_refreshed_by_script_and_by_a_plain_button(world: World) -> None:
    client, import_id = sent(world)
    text = client.get(page("import-mapping", world.ours, import_id)).content.decode()
    assert 'hx-target="#preview" hx-select="#preview"' in text
    assert 'name="act" value="show" formnovalidate' in text
    assert "htmx" in text


def test_saved_mappings_are_offered_first_listed_and_forgotten(world: World) -> None:
    client, import_id = sent(world)
    answer = client.post(page("import-mapping", world.ours, import_id), {**CHOSEN, "act": "read", "save_as": "Kasse"})
    assert answer.status_code == 302
    work(world, import_id)
    assert rows(world.ours, Event, "name") == ["Purchase", "Purchase"]
    assert "Kasse" in client.get(page("import", world.ours, import_id)).content.decode()
    client, again = sent(world)
    text = client.get(page("import-mapping", world.ours, again)).content.decode()
    assert "Filled in from “Kasse”" in text
    assert 'value="Purchase"' in text
    assert "Kasse" in client.get(page("imports", world.ours)).content.decode()
    (mapping_id,) = rows(world.ours, SavedMapping, "id")
    address = page("mapping-delete", world.ours, mapping_id)
    assert "Forget “Kasse”?" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert rows(world.ours, SavedMapping, "id") == []
    assert client.get(address).status_code == 404


def test_what_is_wrong_with_a_choice_stands_beside_it(world: World) -> None:
    client, import_id = sent(world)
    answer = client.post(page("import-mapping", world.ours, import_id), {**CHOSEN, "event_name": "", "act": "read"})
    assert (answer.status_code, "id_role_event_error" in answer.content.decode()) == (200, True)
    answer = client.post(page("import-mapping", world.ours, import_id), {**CHOSEN, "role_customer": "X", "act": "try"})
    assert (answer.status_code, "Select a valid choice" in answer.content.decode()) == (200, True)
    assert one(world.ours, FileImport, import_id).state == "draft"


@pytest.mark.parametrize("content, said", [("\n\n", "The file is empty."), ("a,a\n1,2\n", "is there twice")])
def test_a_file_that_cannot_be_opened_says_why(world: World, content: str, said: str) -> None:
    client, import_id = sent(world, content)
    answer = client.get(page("import-mapping", world.ours, import_id))
    assert (answer.status_code, said in answer.content.decode()) == (200, True)


def test_a_file_that_is_gone_says_so(world: World, uploads: Any) -> None:
    client, import_id = sent(world)
    next(uploads.iterdir()).unlink()
    text = client.get(page("import-mapping", world.ours, import_id)).content.decode()
    assert "not on this machine any more" in text


def test_a_dry_run_and_then_the_import(world: World) -> None:
    client, import_id = sent(world, GERMAN + "k3;never;1\n")
    chosen = {**CHOSEN, "event_name": "Waving", "act": "try"}
    client.post(page("import-mapping", world.ours, import_id), chosen)
    work(world, import_id)
    text = client.get(page("import", world.ours, import_id)).content.decode()
    assert "The dry run is over: nothing is stored" in text
    assert "no action counts it" in text
    assert "“never” is not a day or time." in text
    assert "invalid_time" not in text
    assert message_ids(world.ours) == []
    assert client.post(page("import-begin", world.ours, import_id)).status_code == 302
    work(world, import_id)
    assert len(message_ids(world.ours)) == 2
    again = client.post(page("import-begin", world.ours, import_id), follow=True).content.decode()
    assert "does not wait for a decision any more" in again


def test_stopping_asks_first(world: World) -> None:
    client, import_id = sent(world)
    address = page("import-cancel", world.ours, import_id)
    assert "Throw kasse.csv away?" in client.get(address).content.decode()
    assert one(world.ours, FileImport, import_id).state == "draft"
    assert client.post(address).status_code == 302
    assert one(world.ours, FileImport, import_id).state == "cancelled"
    assert "there is nothing to stop" in client.get(address).content.decode()
    assert client.post(address).status_code == 200


def test_undoing_asks_first_and_shows_what_went(world: World) -> None:
    row = take(world.ours, "customer,event,date\nk1,visit,2025-12-30\n")
    from engagement.ingest.models import FileImport as Row
    from tenants.scope import organisation_scope

    with organisation_scope(world.ours.pk):
        from django.utils import timezone

        Row.objects.update(finished_at=timezone.now())
    client = as_person(world.consultant)
    assert page("import-undo", world.ours, row.pk) in client.get(page("import", world.ours, row.pk)).content.decode()
    address = page("import-undo", world.ours, row.pk)
    text = client.get(address).content.decode()
    assert "Undo the import of events.csv?" in text
    assert "taken out, so that they do not stand in the scores as silent customers" in text
    assert len(message_ids(world.ours)) == 1
    assert client.post(address).status_code == 302
    assert "The import is being undone" in client.get(page("import", world.ours, row.pk)).content.decode()
    work(world, row.pk, LATER)
    text = client.get(page("import", world.ours, row.pk)).content.decode()
    assert ("The import is undone" in text, message_ids(world.ours)) == (True, [])
    assert "It cannot be undone" in client.get(address).content.decode()


def test_rejected_rows_come_back_mended(world: World) -> None:
    client, import_id = sent(world, GERMAN + 'k3;never;"-7"\n"k4;2025\n')
    client.post(page("import-mapping", world.ours, import_id), {**CHOSEN, "act": "read"})
    work(world, import_id)
    raw = client.get(page("import-rejected", world.ours, import_id)).getvalue().decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(raw)))
    assert [(row["Kunde"], row["Wann"], row["Betrag"]) for row in found] == [("k3", "never", "'-7"), ("", "", "")]
    assert found[1]["rapport_original"] == '"k4;2025'
    fixed = raw.replace("never", "2025-12-29", 1)
    client, mended_id = sent(world, fixed)
    text = client.get(page("import-mapping", world.ours, mended_id)).content.decode()
    assert "These are rejected rows of an earlier file." in text
    assert "rapport_row" not in text
    client.post(page("import-mapping", world.ours, mended_id), {**CHOSEN, "act": "read"})
    work(world, mended_id)
    row = one(world.ours, FileImport, mended_id)
    assert (row.stored, row.duplicates, row.rejected) == (1, 0, 1)
    assert {"Betrag": -7} in rows(world.ours, Event, "properties")


def test_who_may_and_whose(world: World) -> None:
    client, import_id = sent(world)
    client.post(page("import-mapping", world.ours, import_id), {**CHOSEN, "act": "try", "save_as": "Kasse"})
    (mapping_id,) = rows(world.ours, SavedMapping, "id")
    for name, key in (
        ("import-mapping", import_id), ("import-cancel", import_id), ("import-undo", import_id),
        ("mapping-delete", mapping_id),
    ):  # fmt: skip
        address = page(name, world.ours, key)
        assert (as_person(world.viewer).post(address).status_code, name) == (403, name)
        assert (as_person(world.stranger).post(address).status_code, name) == (404, name)
        assert (client.post(page(name, world.other, key)).status_code, name) == (404, name)
    assert one(world.ours, FileImport, import_id).state == "waiting"


# ── the same over the API ────────────────────────────────────────────────────────────────────────────────────


def api(world: World, rest: str) -> str:
    return f"/api/v1/organisations/{world.ours.slug}/{rest}"


def posted(world: World, **fields: Any) -> Any:
    client = as_person(world.consultant)
    file = SimpleUploadedFile("kasse.csv", GERMAN.encode())
    return client.post(api(world, "imports/"), {"file": file, "kind": "events", **fields})


def test_the_api_takes_a_mapping_a_dry_run_and_decisions(world: World) -> None:
    client = as_person(world.consultant)
    answer = posted(world, mapping=json.dumps(API_MAPPING), dry_run="true")
    assert answer.status_code == 202, answer.content
    said = answer.json()
    assert (said["state"], said["task"], said["mapping"]["roles"]) == ("waiting", "try", API_MAPPING["roles"])
    work(world, UUID(said["id"]))
    tried = client.get(api(world, f"imports/{said['id']}/")).json()
    assert (tried["state"], tried["found"]["stored"], tried["stored"]) == ("draft", 2, 0)
    started = client.post(api(world, f"imports/{said['id']}/start/"))
    assert (started.status_code, started.json()["task"]) == (202, "read")
    assert client.post(api(world, f"imports/{said['id']}/start/")).status_code == 409
    assert client.post(api(world, f"imports/{said['id']}/undo/")).status_code == 409
    stopped = client.post(api(world, f"imports/{said['id']}/cancel/"))
    assert (stopped.status_code, stopped.json()["state"]) == (202, "cancelled")


def test_the_api_knows_mappings_by_name(world: World) -> None:
    client, import_id = sent(world)
    client.post(page("import-mapping", world.ours, import_id), {**CHOSEN, "act": "read", "save_as": "Kasse"})
    (found,) = client.get(api(world, "mappings/")).json()
    assert (found["name"], found["kind"], found["columns"]) == ("Kasse", "events", ["Kunde", "Wann", "Betrag"])
    answer = posted(world, mapping_name="Kasse")
    assert (answer.status_code, answer.json()["mapping"]) == (202, found["mapping"])
    assert posted(world, mapping_name="nobody").status_code == 400
    assert posted(world, mapping_name="Kasse", mapping=json.dumps(API_MAPPING)).status_code == 400
    assert client.delete(api(world, f"mappings/{found['id']}/")).status_code == 204
    assert client.delete(api(world, f"mappings/{found['id']}/")).status_code == 404


@pytest.mark.parametrize("sent_mapping", ["{", "[]", '{"roles": {"x": "y"}}', '"\\u0000"', "1e400"])
def test_the_api_refuses_a_mapping_that_is_none(world: World, sent_mapping: str) -> None:
    answer = posted(world, mapping=sent_mapping)
    assert (answer.status_code, rows(world.ours, FileImport, "id")) == (400, [])
    assert "mapping" in answer.json()["fields"]
