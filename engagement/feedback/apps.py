from __future__ import annotations

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "engagement.feedback"
    label = "feedback"

    def ready(self) -> None:
        from engagement.feedback import finders, receivers  # noqa: PLC0415  models exist only once apps are loaded

        finders.connect()
        receivers.connect()
