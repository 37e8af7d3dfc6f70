from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "engagement.cases"
    label = "cases"

    def ready(self) -> None:
        from engagement.cases import finders  # noqa: PLC0415  models exist only once apps are loaded

        finders.connect()
