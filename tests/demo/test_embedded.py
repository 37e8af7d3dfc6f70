"""The server that the demo and the tests bring along: started, stopped, and made again after its folder was removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from engagement.demo.embedded import SUPERUSER, EmbeddedServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    made = EmbeddedServer(tmp_path / "state" / "server")
    yield made
    made.destroy()


def _answers(server: EmbeddedServer) -> bool:
    with psycopg.connect(server.url(SUPERUSER, "postgres")) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("runs", [True, False], ids=["still running", "stopped"])
def test_a_folder_that_was_removed_and_made_again_has_a_server_again(server: EmbeddedServer, runs: bool) -> None:
    """As root the data lies elsewhere and outlives the folder; its passwords do not."""
    server.home.parent.mkdir()
    server.start()
    assert _answers(server)
    if not runs:
        server.stop()
    for path in server.home.glob("*"):
        path.unlink() if path.is_file() else shutil.rmtree(path)
    server.start()
    assert _answers(server)
    assert server.is_running()
