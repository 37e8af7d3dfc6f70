from __future__ import annotations

from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "engagement.rounds"
    label = "rounds"

    def ready(self) -> None:
        from engagement.rounds import finders, receivers  # noqa: PLC0415  models exist only once apps are loaded

        finders.connect()
        receivers.connect()
