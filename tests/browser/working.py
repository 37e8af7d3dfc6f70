"""A worker for tests in a browser: what pages ask for is done when the test says so, in this process."""

from __future__ import annotations

import importlib
from typing import Any

from celery import current_app

_MODULES = ("engagement.ingest.tasks", "engagement.insights.tasks", "engagement.companions.tasks", "tenants.tasks")


class Worker:
    """Takes what is sent to a broker, and does it on demand."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, list[Any]]] = []

    def send_task(self, name: str, args: list[Any], **_options: Any) -> None:
        self.waiting.append((name, args))

    def work(self) -> None:
        """All that waits, and what comes of it; mails are left out."""
        for module in _MODULES:
            importlib.import_module(module)
        while self.waiting:
            name, arguments = self.waiting.pop(0)
            if "mail" not in name:
                current_app.tasks[name](*arguments)
