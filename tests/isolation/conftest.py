"""The world of the matrix for a module, and what its cells came to."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import empty_database
from tests.isolation.stage import Stage, staged
from tests.isolation.tally import FIGURES, Tally


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    """Built once for a module: what a cell changes is undone by the journal, not by building it again."""
    with django_db_blocker.unblock():
        try:
            with staged() as built:
                yield built
        finally:
            empty_database()


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Counts this module's cells; `make isolation` asks for the figures to be kept."""
    counted, began = Tally(), time.monotonic()
    yield counted
    counted.seconds = round(time.monotonic() - began, 1)
    if FIGURES in os.environ:
        name = request.module.__name__.rpartition(".")[2]
        worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        Path(os.environ[FIGURES], f"{name}.{worker}.{time.monotonic_ns()}.json").write_text(
            json.dumps(counted.as_json())
        )
