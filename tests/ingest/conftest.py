"""What tests of the database half share: workers are not woken but noted, uploads go to a folder of the test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


class Broker:
    """Stands for the message broker: notes what was sent, and fails when told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[Any]]] = []
        self.failure: Exception | None = None

    def send_task(self, name: str, *, args: list[Any], **options: Any) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append((name, args))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """Every wake of the test, in order."""
    broker = Broker()
    monkeypatch.setattr("tenants.wake.current_app", broker)
    return broker


@pytest.fixture
def uploads(tmp_path: Path, settings: Any) -> Path:
    """The folder of uploads, empty and this test's own."""
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    return tmp_path / "uploads"
