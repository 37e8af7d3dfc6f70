"""Files of a watched folder that are looked at again: for lack of a mapping, and because they went on growing."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from engagement.ingest.models import FileImport
from engagement.ingest.services.dropping import take_folder, wake_for_dropped
from tests.conftest import World
from tests.ingest.sending import rows
from tests.ingest.test_dropped import keep, look, put, settle

pytestmark = pytest.mark.usefixtures("uploads", "broker")


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """The folder of ours; no mapping is kept yet."""
    for organisation in (world.ours, world.other):
        (tmp_path / "drop" / organisation.slug).mkdir(parents=True)
    return tmp_path / "drop" / world.ours.slug


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_file_without_a_mapping_is_taken_by_itself_once_there_is_one(world: World, folder: Path) -> None:
    put(folder, "a.csv")
    (first,) = look(world, folder)
    assert "its mapping: this file is then taken by itself" in first.error
    assert names(folder) == ["a.csv", "a.csv.mapping.txt"]
    assert look(world, folder) == []  # not again at once
    keep(world.ours)
    assert look(world, folder) == []
    later = timezone.now() + timedelta(minutes=6)
    assert wake_for_dropped(root=folder.parent, now=later) == 1
    (taken,) = take_folder(root=folder.parent, organisation_id=world.ours.pk, now=later)
    assert (taken.error, names(folder)) == ("", [])
    assert rows(world.ours, FileImport, "file_name") == ["a.csv"]


def test_what_is_refused_for_good_is_not_tried_again(world: World, folder: Path) -> None:
    put(folder, "a.csv", "")
    assert len(look(world, folder)) == 1
    later = timezone.now() + timedelta(hours=1)
    assert take_folder(root=folder.parent, organisation_id=world.ours.pk, now=later) == ()


def taken(world: World, folder: Path, name: str = "a.csv") -> Path:
    keep(world.ours)
    put(folder, name)
    assert [one.error for one in look(world, folder)] == [""]
    (kept,) = (folder / "done").iterdir()
    return kept


def grow(path: Path, *, seconds: int = 30) -> None:
    with path.open("a") as stream:
        stream.write("k2,visit,2025-12-30\n")
    at = (timezone.now() + timedelta(seconds=seconds)).timestamp()
    os.utime(path, (at, at))


def test_what_grows_after_it_was_taken_is_told_once(world: World, folder: Path) -> None:
    kept = taken(world, folder)
    assert look(world, folder) == []
    grow(kept)
    later = timezone.now() + timedelta(minutes=1)
    assert wake_for_dropped(root=folder.parent, now=later) == 1
    (told,) = look(world, folder)
    assert (told.name, "only its first part is in" in told.error) == ("a.csv", True)
    assert "only its first part is in" in (folder / "a.csv.error.txt").read_text()
    for words in (folder / "a.csv.error.txt", kept.with_name(kept.name + ".error.txt")):
        settle(words, age=-60)  # the clock of a test stands still
    assert (look(world, folder), wake_for_dropped(root=folder.parent, now=later)) == ([], 0)


def test_the_whole_file_put_there_again_is_taken_and_the_words_go(world: World, folder: Path) -> None:
    kept = taken(world, folder)
    grow(kept, seconds=3)
    assert len(look(world, folder)) == 1
    settle(folder / "a.csv.error.txt", age=120)
    settle(kept.with_name(kept.name + ".error.txt"), age=-60)
    (folder / "a.csv").write_text(kept.read_text())
    settle(folder / "a.csv", age=60)
    assert [one.error for one in look(world, folder)] == [""]
    assert (names(folder), len(rows(world.ours, FileImport, "id"))) == ([], 2)


def test_what_was_taken_long_ago_and_what_lies_there_by_chance_is_left(world: World, folder: Path) -> None:
    kept = taken(world, folder)
    old = kept.with_name("2020-01-01-000000-a.csv")
    kept.rename(old)
    grow(old)
    (folder / "done" / "9 notes.txt").write_text("mine")
    assert look(world, folder) == []
