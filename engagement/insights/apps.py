from __future__ import annotations

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "engagement.insights"
    label = "insights"

    def ready(self) -> None:
        from engagement.insights import finders, receivers  # noqa: PLC0415  models exist only once apps are loaded

        finders.connect()
        receivers.connect()
