from __future__ import annotations

from django.apps import AppConfig


class ValidityConfig(AppConfig):
    name = "engagement.validity"
    label = "validity"

    def ready(self) -> None:
        from engagement.validity import finders  # noqa: PLC0415  models exist only once apps are loaded

        finders.connect()
