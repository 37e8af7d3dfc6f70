from __future__ import annotations

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    label = "tenants"

    def ready(self) -> None:
        from tenants.accounts import events  # noqa: PLC0415  models exist only once apps are loaded
        from tenants.record import finders  # noqa: PLC0415  the same

        events.connect()
        finders.connect()
