from __future__ import annotations

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "engagement.connections"
    label = "connections"

    def ready(self) -> None:
        from engagement.connections import finders, sentences  # noqa: PLC0415  models exist only once apps are loaded
        from engagement.connections.services import erasing  # noqa: PLC0415  models exist only once apps are loaded

        erasing.register()
        finders.connect()
        sentences.connect()
