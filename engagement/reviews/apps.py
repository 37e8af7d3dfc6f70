from __future__ import annotations

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "engagement.reviews"
    label = "reviews"

    def ready(self) -> None:
        from engagement.reviews import finders  # noqa: PLC0415  models exist only once apps are loaded

        finders.connect()
