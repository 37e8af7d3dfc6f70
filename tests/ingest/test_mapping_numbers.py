"""How a file writes its numbers: proposed with the reason, chosen, shown, kept, and the same over the API."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from engagement.ingest.models import Event, FileImport, SavedMapping
from engagement.ingest.services import process_import
from engagement.ingest.services.fixing import Fix, FixKind
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.ingest.made_files import parquet
from tests.ingest.sending import LATER, one, rows, ticking
from tests.ingest.test_data_pages import as_person, page
from tests.ingest.test_mapping_pages import api, sent, work
from tests.ingest.test_quarantine_files import DAY_FIRST, read_waiting, replay

SURE = "Kunde;Was;Wann;Menge;Betrag\nk1;Kauf;31.12.2025;1.234;12,50\nk2;Kauf;30.12.2025;2;1.234,50\n"
UNSURE = "Kunde;Was;Wann;Menge\nk1;Kauf;31.12.2025;1.234\n"
CHOSEN = {
    "role_customer": "Kunde", "role_event": "Was", "role_time": "Wann", "kept": ["Menge", "Betrag"],
    "sameness": "position",
}  # fmt: skip
READ = "12,50 stands here as 12.5"

pytestmark = pytest.mark.usefixtures("uploads", "broker")


def shown(world: World, content: str, **options: Any) -> str:
    client, import_id = sent(world, content, **options)
    return " ".join(client.get(page("import-mapping", world.ours, import_id)).content.decode().split())


def is_chosen(text: str, style: str) -> bool:
    (field,) = [part for part in text.split("<input") if 'name="numbers"' in part and f'value="{style}"' in part]
    return "checked" in field


def test_a_file_that_proves_a_comma_has_it_chosen_and_says_by_which_cell(world: World) -> None:
    text = shown(world, SURE)
    assert (is_chosen(text, "comma"), is_chosen(text, "point")) == (True, False)
    assert "“12,50” in “Betrag” has a comma." in text
    assert "<code>Menge</code> 1234<br>" in text
    assert "<code>Betrag</code> 1234.5<" in text
    assert READ in text


def test_a_file_that_proves_nothing_is_read_as_ever_until_somebody_chooses(world: World) -> None:
    client, import_id = sent(world, UNSURE)
    address = page("import-mapping", world.ours, import_id)
    text = client.get(address).content.decode()
    assert (is_chosen(text, "point"), "<code>Menge</code> 1.234" in text, READ in text) == (True, True, False)
    assert "“1.234” in “Menge” can be read in two ways" in text
    text = client.post(address, {**CHOSEN, "kept": ["Menge"], "numbers": "comma", "act": "show"}).content.decode()
    assert (is_chosen(text, "comma"), "<code>Menge</code> 1234<" in text, READ in text) == (True, True, True)
    client.post(address, {**CHOSEN, "kept": ["Menge"], "numbers": "comma", "act": "read"})
    work(world, import_id)
    assert rows(world.ours, Event, "properties") == [{"Menge": 1234}]


def test_a_file_that_writes_both_is_read_as_ever_and_says_so(world: World) -> None:
    text = shown(world, SURE.replace("1.234;", "1.5;"))
    assert (is_chosen(text, "point"), READ in text) == (True, False)
    assert "Both are there: “12,50” in “Betrag”, “1.5” in “Menge”." in text


@pytest.mark.parametrize(
    ("content", "kind"), [("Kunde;Umsatz\nk1;12,50\n", "customers"), ('{"customer": "k1", "n": "12,50"}\n', "events")]
)
def test_it_is_asked_only_where_it_matters(world: World, content: str, kind: str) -> None:
    assert 'name="numbers"' not in shown(world, content, kind=kind)


def test_the_choice_is_kept_with_the_mapping_and_read_by(world: World) -> None:
    client, import_id = sent(world, SURE)
    address = page("import-mapping", world.ours, import_id)
    client.post(address, {**CHOSEN, "numbers": "comma", "act": "read", "save_as": "Kasse"})
    work(world, import_id)
    assert rows(world.ours, Event, "properties") == [
        {"Menge": 1234, "Betrag": 12.5}, {"Menge": 2, "Betrag": 1234.5},
    ]  # fmt: skip
    assert "With a comma: 12,50 and 1.234,50" in client.get(page("import", world.ours, import_id)).content.decode()
    ((mapping,),) = [rows(world.ours, SavedMapping, "mapping")]
    assert mapping["numbers"] == "comma"
    unsure = "Kunde;Was;Wann;Menge;Betrag\nk3;Kauf;29.12.2025;1.234;5\n"
    assert is_chosen(shown(world, unsure), "comma")  # the mapping that is kept says so


def test_a_mapping_kept_before_there_was_a_choice_reads_as_it_did(world: World) -> None:
    client, import_id = sent(world, SURE)
    client.post(page("import-mapping", world.ours, import_id), {**CHOSEN, "act": "read", "save_as": "Kasse"})
    work(world, import_id)
    (mapping,) = rows(world.ours, SavedMapping, "mapping")
    with organisation_scope(world.ours.pk):
        SavedMapping.objects.update(mapping={name: mapping[name] for name in ("roles", "kept", "constants")})
    text = shown(world, SURE)
    assert (is_chosen(text, "point"), "<code>Betrag</code> 12,50" in text) == (True, True)
    assert "“12,50” in “Betrag” has a comma." in text


# ── over the API, and sent again ─────────────────────────────────────────────────────────────────────────────


def posted(world: World, content: bytes, *, name: str, mapping: dict[str, Any]) -> Any:
    file = SimpleUploadedFile(name, content)
    said = {"file": file, "kind": "events", "mapping": json.dumps(mapping)}
    return as_person(world.consultant).post(api(world, "imports/"), said)


API_MAPPING = {"roles": {"customer": "Kunde", "event": "Was", "time": "Wann"}, "numbers": "comma"}


def test_the_api_reads_numbers_as_it_is_told(world: World) -> None:
    answer = posted(world, SURE.encode(), name="kasse.csv", mapping=API_MAPPING)
    assert (answer.status_code, answer.json()["mapping"]["numbers"]) == (202, "comma")
    work(world, UUID(answer.json()["id"]))
    assert {"Menge": 1234, "Betrag": 12.5} in rows(world.ours, Event, "properties")
    refused = posted(world, SURE.encode(), name="kasse.csv", mapping={**API_MAPPING, "numbers": "german"})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["mapping"])


def test_a_decimal_of_parquet_stays_itself_when_its_row_is_sent_again_as_text(world: World) -> None:
    cells = {"Kunde": ["k1"], "Was": ["Kauf"], "Wann": ["30/12/2025"], "Menge": [Decimal("1.234")]}
    answer = posted(world, parquet(cells), name="kasse.parquet", mapping=API_MAPPING)
    work(world, UUID(answer.json()["id"]))
    row = one(world.ours, FileImport, UUID(answer.json()["id"]))
    assert (row.rejected, row.mapping["numbers"]) == (1, "point")
    assert replay(world, "invalid_time", DAY_FIRST).rows == 1
    read_waiting(world)
    assert rows(world.ours, Event, "properties") == [{"Menge": 1.234}]


def test_a_row_of_text_is_sent_again_as_it_was_read(world: World) -> None:
    content = SURE.replace("31.12.2025", "never")
    answer = posted(world, content.encode(), name="kasse.csv", mapping=API_MAPPING)
    import_id = UUID(answer.json()["id"])
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking(LATER))
    assert replay(world, "invalid_time", Fix(FixKind.SET, "Wann", "31.12.2025")).rows == 1
    read_waiting(world)
    assert rows(world.ours, Event, "properties") == [
        {"Menge": 1234, "Betrag": 12.5}, {"Menge": 2, "Betrag": 1234.5},
    ]  # fmt: skip
