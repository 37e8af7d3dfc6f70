"""Folders that are watched for files: what is taken, what is left lying, and whose it is."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from engagement.celery import app, watching
from engagement.ingest.files import Mapping
from engagement.ingest.models import FileImport
from engagement.ingest.services import dropping, process_import, save_mapping
from engagement.ingest.services.dropping import Taken, take_dropped, take_folder
from engagement.ingest.tasks import look_into_folders
from engagement.ingest.tasks import take_dropped as take_dropped_task
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests import database
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import one, rows, ticking
from tests.ingest.test_data_pages import as_person, page

CONTENT = "Kunde,Was,Wann\nk1,visit,2025-12-30\n"
MAPPING = Mapping(roles={"customer": "Kunde", "event": "Was", "time": "Wann"})

pytestmark = pytest.mark.usefixtures("uploads", "broker")


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """The folder of ours, beside that of the other client; a mapping is kept for its files."""
    keep(world.ours)
    for organisation in (world.ours, world.other):
        (tmp_path / "drop" / organisation.slug).mkdir(parents=True)
    return tmp_path / "drop" / world.ours.slug


def keep(organisation: Organisation) -> None:
    with organisation_scope(organisation.pk):
        save_mapping(
            organisation=organisation, kind="events", name="Kasse", columns=["Kunde", "Was", "Wann"],
            mapping=MAPPING, user=None, now=NOW,
        )  # fmt: skip


def put(folder: Path, name: str, content: str = CONTENT, *, age: int = 60) -> Path:
    path = folder / name
    path.write_text(content)
    settle(path, age=age)
    return path


def settle(path: Path, *, age: int = 60) -> None:
    at = (timezone.now() - timedelta(seconds=age)).timestamp()
    os.utime(path, (at, at), follow_symlinks=False)


def look(world: World, folder: Path) -> list[Taken]:
    organisations = {world.ours.slug: world.ours.pk, world.other.slug: world.other.pk}
    return list(take_dropped(root=folder.parent, organisations=organisations, now=timezone.now()))


def test_a_settled_file_is_imported_by_its_mapping_and_lies_in_done(world: World, folder: Path) -> None:
    put(folder, "a.csv")
    assert look(world, folder) == [Taken(world.ours.slug, "a.csv")]
    (import_id,) = rows(world.ours, FileImport, "id")
    assert process_import(organisation_id=world.ours.pk, import_id=import_id, clock=ticking())
    row = one(world.ours, FileImport, import_id)
    assert (row.state, row.stored, row.mapping_name, row.file_name) == ("done", 1, "Kasse", "a.csv")
    assert [path.name for path in folder.iterdir()] == ["done"]
    assert [path.name.endswith("-a.csv") for path in (folder / "done").iterdir()] == [True]
    assert look(world, folder) == []


@pytest.mark.parametrize("name", [".a.csv", "a.csv.part", "a.csv.tmp", "A.CSV.PART"])
def test_what_is_still_written_is_left(world: World, folder: Path, name: str) -> None:
    put(folder, name)
    put(folder, "young.csv", age=1)
    assert (look(world, folder), rows(world.ours, FileImport, "id")) == ([], [])
    assert (folder / "young.csv").exists()


def test_what_cannot_be_taken_stays_with_words_until_it_is_replaced(world: World, folder: Path) -> None:
    put(folder, "b.csv", "x,y\n1,2\n")
    (taken,) = look(world, folder)
    assert taken.error.startswith("No mapping is kept for files with the columns x, y.")
    assert (folder / "b.csv.mapping.txt").read_text().strip() == taken.error
    assert look(world, folder) == []  # said once
    os.utime(folder / "b.csv.mapping.txt", (1, 1))
    put(folder, "b.csv")
    assert look(world, folder) == [Taken(world.ours.slug, "b.csv")]
    assert not (folder / "b.csv.mapping.txt").exists()


def test_links_pipes_and_second_names_are_refused(world: World, folder: Path, tmp_path: Path) -> None:
    secret = put(tmp_path, "secret.csv")
    (folder / "link.csv").symlink_to(secret)
    settle(folder / "link.csv")
    os.link(secret, folder / "second.csv")
    os.mkfifo(folder / "pipe.csv")
    settle(folder / "pipe.csv")
    settle(secret)
    found = look(world, folder)
    assert [(taken.name, "no plain file" in taken.error) for taken in found] == [
        ("link.csv", True), ("pipe.csv", True), ("second.csv", True),
    ]  # fmt: skip
    assert (rows(world.ours, FileImport, "id"), secret.exists()) == ([], True)


def test_a_link_to_a_file_of_its_own_is_refused(world: World, folder: Path, tmp_path: Path) -> None:
    """Its target has one name and could be taken: only that no link is followed keeps it."""
    secret = put(tmp_path, "secret.csv")
    (folder / "link.csv").symlink_to(secret)
    settle(folder / "link.csv")
    (taken,) = look(world, folder)
    assert (taken.name, "no plain file" in taken.error) == ("link.csv", True)
    assert (rows(world.ours, FileImport, "id"), (folder / "link.csv").is_symlink()) == ([], True)


def test_words_are_written_through_no_link(world: World, folder: Path, tmp_path: Path) -> None:
    target = put(tmp_path, "theirs.txt", "as it was")
    (folder / "b.csv.error.txt").symlink_to(target)
    settle(folder / "b.csv.error.txt", age=90)
    put(folder, "b.csv", "x,y\n1,2\n")
    (taken,) = look(world, folder)
    assert (taken.error != "", target.read_text()) == (True, "as it was")


def test_a_done_folder_that_is_a_link_is_not_filled(world: World, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "done").symlink_to(elsewhere)
    put(folder, "a.csv")
    (taken,) = look(world, folder)
    assert ("“done”, which cannot be opened" in taken.error, list(elsewhere.iterdir())) == (True, [])
    assert (rows(world.ours, FileImport, "id"), (folder / "a.csv").exists()) == ([], True)


def test_a_folder_that_is_a_link_is_not_read(world: World, folder: Path) -> None:
    theirs = folder.parent / world.other.slug
    theirs.rmdir()
    theirs.symlink_to(folder)
    put(folder, "a.csv")
    keep(world.other)
    assert [taken.slug for taken in look(world, folder)] == [world.ours.slug]
    assert rows(world.other, FileImport, "id") == []


def test_anothers_mapping_is_not_ours(world: World, folder: Path) -> None:
    put(folder.parent / world.other.slug, "a.csv")
    (taken,) = look(world, folder)
    assert (taken.slug, taken.error.startswith("No mapping is kept")) == (world.other.slug, True)


# ── by itself ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def at_once(django_capture_on_commit_callbacks: Any) -> Any:
    """Messages are sent when the block ends, as when a task is over."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_task_of_its_own_takes_each_folder_that_holds_something(
    world: World, folder: Path, broker: Any, settings: Any, at_once: Any
) -> None:
    settings.DROP_ROOT = folder.parent
    keep(world.other)
    put(folder, "a.csv")
    put(folder, "young.csv", age=1)
    (folder.parent / "nobodys").mkdir()
    (folder.parent / "n\udcffobodys").mkdir()
    put(folder.parent / "nobodys", "a.csv")
    with at_once():
        look_into_folders()
    assert broker.sent == [("ingest.take_dropped", [world.ours.pk])]
    with at_once():
        take_dropped_task(world.ours.pk)
    (import_id,) = rows(world.ours, FileImport, "id")
    assert broker.sent[1:] == [("ingest.file_import", [world.ours.pk, str(import_id)])]
    assert as_person(world.consultant).get(page("imports", world.ours)).content.decode().count("a.csv") == 1
    with at_once():
        look_into_folders()  # nothing is left but what is too young
    assert len(broker.sent) == 2


def test_one_folders_trouble_stops_no_other(
    world: World, folder: Path, broker: Any, settings: Any, at_once: Any
) -> None:
    settings.DROP_ROOT = folder.parent
    keep(world.other)
    theirs = folder.parent / world.other.slug
    put(theirs, "b.csv")
    put(folder, "a.csv")
    with patch.object(dropping, "_settled", breaking_at(folder)):
        with at_once():
            look_into_folders()
        assert broker.sent == [("ingest.take_dropped", [world.other.pk])]
        assert [taken.name for taken in look(world, folder)] == ["b.csv"]
    assert (len(rows(world.other, FileImport, "id")), rows(world.ours, FileImport, "id")) == (1, [])
    with at_once():
        look_into_folders()
    assert broker.sent[-1] == ("ingest.take_dropped", [world.ours.pk])


def breaking_at(folder: Path) -> Any:
    """What looks into a folder, but not into this one."""
    settled, inode = dropping._settled, folder.stat().st_ino

    def breaking(opened: int, *, now: Any) -> Any:
        if os.fstat(opened).st_ino == inode:
            raise PermissionError("not for us")
        return settled(opened, now=now)

    return breaking


def test_a_suspended_client_and_a_firm_have_nothing_taken(world: World, folder: Path) -> None:
    put(folder, "a.csv")
    (folder.parent / world.firm.slug).mkdir()
    put(folder.parent / world.firm.slug, "a.csv")
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at=NOW)
    for organisation in (world.ours, world.firm):
        assert take_folder(root=folder.parent, organisation_id=organisation.pk, now=timezone.now()) == ()
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at=None)
    assert len(take_folder(root=folder.parent, organisation_id=world.ours.pk, now=timezone.now())) == 1


@pytest.mark.django_db(transaction=True)
def test_a_folder_is_one_workers_at_a_time(tmp_path: Path) -> None:
    world = build_world()
    keep(world.ours)
    (tmp_path / world.ours.slug).mkdir()
    put(tmp_path / world.ours.slug, "a.csv")
    with psycopg.connect(database.admin_url(database.DATABASE)) as another:
        another.execute("SELECT pg_advisory_xact_lock(7326, %s::int)", [world.ours.pk])
        assert take_folder(root=tmp_path, organisation_id=world.ours.pk, now=timezone.now()) == ()
        assert (rows(world.ours, FileImport, "id"), (tmp_path / world.ours.slug / "a.csv").exists()) == ([], True)
    assert len(take_folder(root=tmp_path, organisation_id=world.ours.pk, now=timezone.now())) == 1


def test_beat_looks_only_where_folders_are_watched(tmp_path: Path, settings: Any, broker: Any) -> None:
    assert (watching(None), list(watching(tmp_path))) == ({}, ["folders"])
    assert watching(tmp_path)["folders"]["task"] in app.tasks
    settings.DROP_ROOT = None
    look_into_folders()
    settings.DROP_ROOT = tmp_path / "nowhere"
    look_into_folders()
    assert broker.sent == []


def test_the_command_says_that_no_folder_is_watched(settings: Any) -> None:
    settings.DROP_ROOT = None
    with pytest.raises(CommandError, match="Set DROP_ROOT"):
        call_command("take_dropped")


def test_one_files_unexpected_error_stops_no_other(world: World, folder: Path) -> None:
    for name in ("a.csv", "b.csv"):
        put(folder, name)
    start = vars(dropping)["start_import"]

    def breaking(**given: Any) -> Any:
        if given["file_name"] == "a.csv":
            raise LookupError("unknown")
        return start(**given)

    with patch.object(dropping, "start_import", breaking):
        first, second = look(world, folder)
    assert (first.error.startswith("Something went wrong"), second) == (True, Taken(world.ours.slug, "b.csv"))
    assert (folder / "a.csv.error.txt").read_text().strip() == first.error


def test_a_long_name_is_taken_and_has_words(world: World, folder: Path) -> None:
    taken, refused = "x" * 250 + ".csv", "y" * 250 + ".csv"
    put(folder, taken)
    put(folder, refused, "x,y\n1,2\n")
    assert [(found.name, found.error != "") for found in look(world, folder)] == [(taken, False), (refused, True)]
    assert look(world, folder) == []


def test_a_full_disk_passes(world: World, folder: Path) -> None:
    put(folder, "a.csv")
    with patch.object(dropping, "start_import", side_effect=OSError(28, "No space left on device")):
        (found,) = look(world, folder)
    assert (found.error.startswith("The file cannot be taken now"), len(list(folder.glob("*.error.txt")))) == (True, 0)
    assert look(world, folder) == [Taken(world.ours.slug, "a.csv")]


def test_what_grew_while_it_was_copied_waits(world: World, folder: Path) -> None:
    path = put(folder, "a.csv")
    start = vars(dropping)["start_import"]

    def growing(**given: Any) -> Any:
        found = start(**given)
        with path.open("a") as file:
            file.write("k2,visit,2025-12-30\n")
        return found

    with patch.object(dropping, "start_import", growing):
        assert look(world, folder) == []
    assert (rows(world.ours, FileImport, "id"), path.exists()) == ([], True)
    settle(path)
    assert look(world, folder) == [Taken(world.ours.slug, "a.csv")]


def test_a_file_that_may_not_be_read_says_so(world: World, folder: Path) -> None:
    put(folder, "a.csv")
    opening = os.open

    def refusing(path: Any, *given: Any, **named: Any) -> int:
        if path == "a.csv":
            raise PermissionError(13, "Permission denied")
        return opening(path, *given, **named)

    with patch.object(os, "open", refusing):
        (found,) = look(world, folder)
    assert found.error.startswith("Rapport may not read this file.")
