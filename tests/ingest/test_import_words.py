"""What the page of a file says of a dry run's reasons, and of an import that was undone."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.utils import timezone

from engagement.ingest.models import FileImport, ImportState, RejectedEvent
from engagement.ingest.services import ask_undo
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.ingest.sending import one, rows, take
from tests.ingest.test_data_pages import as_person, page
from tests.ingest.test_mapping_pages import CHOSEN, api, sent, work

pytestmark = pytest.mark.usefixtures("uploads", "broker")

ROWS = "customer,event,date\nk1,visit,2025-12-30\nk2,visit,2025-12-31\n"


def text_of(world: World, import_id: UUID) -> str:
    answer = as_person(world.consultant).get(page("import", world.ours, import_id))
    return " ".join(answer.content.decode().split())


def finding(text: str) -> str:
    return text.partition('<span id="import-finding">')[2].partition("</span>")[0]


# ── why rows would be rejected ───────────────────────────────────────────────────────────────────────────────


def tried(world: World, content: str) -> UUID:
    client, import_id = sent(world, content)
    chosen = {**CHOSEN, "kept": [], "act": "try"}
    assert client.post(page("import-mapping", world.ours, import_id), chosen).status_code == 302
    work(world, import_id)
    return import_id


def test_a_dry_run_says_its_reasons_in_the_words_of_the_page_of_the_rejected(world: World) -> None:
    head = "Kunde;Wann;Betrag\n"
    import_id = tried(world, f"{head}k1;never;1\nk2;soon;1\n;2025-12-31;1\n;2025-12-30;1\n;2025-12-29;1\n")
    text = text_of(world, import_id)
    found = one(world.ours, FileImport, import_id).found["codes"]
    assert found == [["missing_customer", 3], ["invalid_time", 2]]
    assert '<li>The row names no customer. <span class="muted">3</span></li>' in text
    assert '<li>The time cannot be read. <span class="muted">2</span></li>' in text
    rejected = as_person(world.consultant).get(page("rejected", world.ours)).content.decode()
    assert "The row names no customer." in rejected
    assert "The time cannot be read." in rejected


def test_one_reason_that_all_rows_share_is_said_as_they_say_it(world: World) -> None:
    assert "<li>“never” is not a day or time. " in text_of(world, tried(world, "Kunde;Wann;Betrag\nk1;never;1\n"))


def test_reasons_outlive_the_rows_and_are_each_organisations_own(world: World) -> None:
    import_id = tried(world, "Kunde;Wann;Betrag\nk1;never;1\nk2;2025-12-31;1;1\n")
    with organisation_scope(world.ours.pk):
        RejectedEvent.objects.all().delete()
        found = FileImport.objects.get(pk=import_id).found
        FileImport.objects.update(found={**found, "codes": [["invalid_time", 1], ["strange", 1]]})
    text = text_of(world, import_id)
    assert "<li>The time cannot be read. " in text
    assert "<li>strange " in text
    assert as_person(world.stranger).get(page("import", world.ours, import_id)).status_code == 404


# ── an import that was undone ────────────────────────────────────────────────────────────────────────────────


def brought(world: World) -> UUID:
    """An import that is over and can be undone today."""
    row = take(world.ours, ROWS)
    with organisation_scope(world.ours.pk):
        FileImport.objects.update(finished_at=timezone.now())
    return UUID(str(row.pk))


def test_the_headline_says_what_was_undone_when_and_by_whom(world: World) -> None:
    import_id = brought(world)
    assert as_person(world.consultant).post(page("import-undo", world.ours, import_id)).status_code == 302
    assert finding(text_of(world, import_id)) == "events.csv: the import is being undone"
    work(world, import_id)
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.undo_asked_by) == (ImportState.UNDONE, world.consultant)
    said = f"events.csv: 2 new rows were taken back by {world.consultant.name}, 2 Mar 2026, 09:00"
    assert finding(text_of(world, import_id)) == said
    answer = as_person(world.consultant).get(api(world, f"imports/{import_id}/")).json()
    assert (answer["undone_by"], answer["undone_at"] is not None) == (world.consultant.name, True)


def test_nobody_is_named_where_nobody_is_known(world: World) -> None:
    import_id = brought(world)
    with organisation_scope(world.ours.pk):
        ask_undo(organisation=world.ours, import_id=import_id, now=timezone.now())
    work(world, import_id)
    assert finding(text_of(world, import_id)).startswith("events.csv: 2 new rows were taken back, ")


def test_who_asks_over_the_api_is_named_too(world: World) -> None:
    import_id = brought(world)
    assert as_person(world.consultant).post(api(world, f"imports/{import_id}/undo/")).status_code == 202
    assert rows(world.ours, FileImport, "undo_asked_by") == [world.consultant.pk]
    before = as_person(world.consultant).get(api(world, f"imports/{import_id}/")).json()
    assert (before["undone_by"], before["undone_at"]) == ("", None)  # asked for, and not undone


def test_an_undo_that_failed_is_no_file_that_could_not_be_taken(world: World) -> None:
    import_id = brought(world)
    with organisation_scope(world.ours.pk):
        FileImport.objects.update(state=ImportState.FAILED, task=FileImport.Task.UNDO)
    assert finding(text_of(world, import_id)) == "events.csv: the import could not be undone"
