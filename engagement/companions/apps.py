from __future__ import annotations

from django.apps import AppConfig


class CompanionsConfig(AppConfig):
    name = "engagement.companions"
    label = "companions"

    def ready(self) -> None:
        from engagement.companions import finders, receivers  # noqa: PLC0415  models exist only once apps are loaded

        finders.connect()
        receivers.connect()
