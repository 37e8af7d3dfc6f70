from __future__ import annotations

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "engagement.reports"
    label = "reports"

    def ready(self) -> None:
        from engagement.reports import finders  # noqa: PLC0415  models exist only once apps are loaded

        finders.connect()
