from __future__ import annotations

from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "engagement.scoring"
    label = "scoring"

    def ready(self) -> None:
        from engagement.scoring import finders, receivers  # noqa: PLC0415  models exist only once apps are loaded

        receivers.connect()
        finders.connect()
