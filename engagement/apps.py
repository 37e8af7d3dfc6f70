"""The project package as an app: it holds the system checks."""

from __future__ import annotations

from django.apps import AppConfig


class EngagementConfig(AppConfig):
    name = "engagement"
    label = "engagement"

    def ready(self) -> None:
        from django.utils import translation  # noqa: PLC0415

        from engagement import celery, checks, language  # noqa: F401, PLC0415  all want the apps loaded
        from engagement.operating import metrics  # noqa: PLC0415

        # Threads of the web server would otherwise get a nameless application without a broker.
        celery.app.set_default()
        metrics.connect()
        language.use(translation)
