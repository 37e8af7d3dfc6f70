"""The project package as an app: it holds the system checks."""

from __future__ import annotations

from django.apps import AppConfig


class EngagementConfig(AppConfig):
    name = "engagement"
    label = "engagement"

    def ready(self) -> None:
        from engagement import checks  # noqa: F401, PLC0415  registers itself once apps are loaded
