"""What every page costs, on file: its statements, and what is sent. A change of either is seen where it is reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests import database
from tests.benchmarks.pages import MOST_BYTES, ask
from tests.benchmarks.test_comparing import TINY
from tests.benchmarks.world import World

ON_FILE: Final = Path(__file__).parent / "statements.txt"


def test_every_page_sends_the_statements_on_file(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked a second time: what a process keeps of a run it has by then. Counts that are meant go into the file."""
    monkeypatch.setattr("tenants.postgres.cache._sweep_sometimes", lambda: None)  # one more, by chance
    with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as admin:
        asked = ask(World(size=TINY, admin=admin, folder=tmp_path), rounds=1)
    found = "".join(f"{one.queries:>2} {one.name}\n" for one in sorted(asked, key=lambda one: one.name))
    too_many = [one.name for one in asked if one.queries > one.most_queries]
    too_heavy = [one.name for one in asked if one.compressed > MOST_BYTES]
    assert found == ON_FILE.read_text(), f"now they are:\n{found}"
    assert (too_many, too_heavy) == ([], [])
