"""A share of what `make fuzz` does: files that nobody wrote, uploaded, looked at and read to their end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import World
from tests.fuzz.files import Files
from tests.fuzz.tally import Tally

_SHARE = 120


@pytest.fixture(autouse=True)
def _unlimited(settings: Any, uploads: Path, broker: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "off")


def test_no_file_is_answered_with_a_failure_of_ours(world: World) -> None:
    tally = Tally()
    Files(world=world, tally=tally, chance=7).play(_SHARE, read=40)
    assert (tally.wrong, tally.n_wrong, tally.broken) == ([], 0, 0)
    assert tally.asked >= _SHARE
    assert tally.worked["files done"] > 0 < tally.worked["files failed"]  # or it would not be about much
    assert tally.worked["rows stored"] > 0 < tally.worked["rows rejected"]


def test_a_reader_that_breaks_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: names of columns are not looked at before they are kept."""
    monkeypatch.setattr("engagement.ingest.services.reading.places_of", lambda _columns: {})
    tally = Tally()
    Files(world=world, tally=tally, chance=3).play(90, read=60)
    assert tally.n_wrong > 0
