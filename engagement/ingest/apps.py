from __future__ import annotations

from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "engagement.ingest"
    label = "ingest"

    def ready(self) -> None:
        from engagement.ingest import finders, sentences  # noqa: PLC0415  models exist only once apps are loaded
        from engagement.ingest.services import erasing  # noqa: PLC0415  models exist only once apps are loaded

        erasing.register()
        finders.connect()
        sentences.connect()
