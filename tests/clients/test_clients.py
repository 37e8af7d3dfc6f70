"""The short form of `make clients`: the one library that the tests have, on its good day and when something fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.clients.__main__ import chosen
from tests.clients.installing import HERE
from tests.clients.libraries import LIBRARIES
from tests.clients.matrix import Cell, closing, printed, row_of, serving

pytestmark = pytest.mark.django_db(transaction=True)

SEGMENT = LIBRARIES[0]
COMMAND = [sys.executable, str(HERE / "drivers" / "sending.py"), SEGMENT.name]
COLUMNS = ("happy", "503", "lost answer", "wrong key", "partial failure")


def test_segments_library_is_stored_once_whatever_fails(tmp_path: Path) -> None:
    with serving(tmp_path) as place:
        cells = row_of(SEGMENT, place=place, columns=COLUMNS, command=COMMAND)
    assert [cell for cell in cells if not cell.is_right] == [], printed(cells)
    assert [cell.column for cell in cells] == list(COLUMNS)


def test_control_events_that_are_not_there_are_missed(tmp_path: Path) -> None:
    """A program that sends nothing and says that all is well."""
    silent = [sys.executable, "-c", "print('FAILURES []')"]
    with serving(tmp_path) as place:
        cells = row_of(SEGMENT, place=place, columns=("happy", "503", "wrong key"), command=silent)
    assert [cell.is_right for cell in cells] == [False] * 3
    assert "stored 0" in printed(cells)


def test_a_cell_that_is_wrong_is_told_in_full() -> None:
    text = printed([Cell("a", "happy", "ok"), Cell("a", "503", "WRONG: stored 3")])
    assert text.splitlines()[-1] == "a, 503: WRONG: stored 3"


def test_a_word_that_names_nothing_is_no_empty_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a mistyped column would be a matrix without a cell, and all well."""
    assert chosen("CASES", COLUMNS) == list(COLUMNS)
    monkeypatch.setenv("CASES", "happy,503")
    assert chosen("CASES", COLUMNS) == ["happy", "503"]
    monkeypatch.setenv("CASES", "happy,504")
    with pytest.raises(ValueError, match="CASES=504 is none of happy, 503"):
        chosen("CASES", COLUMNS)


RIGHT, WRONG = Cell("a", "happy", "ok"), Cell("a", "503", "WRONG: stored 3")
MISSING = ["NOT TRIED: the libraries for node (npm is not on this machine)"]


@pytest.mark.parametrize(
    ("cells", "left_out", "is_strict", "code"),
    [
        ([RIGHT], [], False, 0),
        ([RIGHT, WRONG], [], False, 1),
        ([RIGHT], MISSING, False, 0),
        ([RIGHT], MISSING, True, 1),
        ([], MISSING, False, 2),
        ([], [], False, 2),
    ],
)
def test_the_end_says_what_was_tried_and_what_was_not(
    cells: list[Cell], left_out: list[str], is_strict: bool, code: int
) -> None:
    text, given = closing(cells, left_out, seconds=61.4, is_strict=is_strict)
    *before, last = text.splitlines()
    assert (given, before) == (code, left_out)
    wrong = sum(not cell.is_right for cell in cells)
    assert last == f"{min(len(cells), 1)} libraries, {len(cells)} cells, {wrong} wrong, {len(left_out)} not tried, 61 s"
