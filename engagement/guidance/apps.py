from __future__ import annotations

from django.apps import AppConfig


class GuidanceConfig(AppConfig):
    name = "engagement.guidance"
    label = "guidance"

    def ready(self) -> None:
        from engagement.guidance import finders, offers, receivers  # noqa: PLC0415  models exist once apps are loaded

        finders.connect()
        offers.connect()
        receivers.connect()
