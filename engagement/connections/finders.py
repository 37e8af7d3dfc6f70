"""What this step's entries of the record are about: connections."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from engagement.connections.models import Connection
from tenants.permissions import Permission
from tenants.record.objects import Found, Ids, knows, uuids


def _connections(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Connection.objects.filter(pk__in=uuids(ids))
    return {
        str(row.pk): Found(f"“{row.name}”", "" if row.removed_at else reverse("connection", args=[slug, row.pk]))
        for row in rows
    }


def connect() -> None:
    knows("connection", _connections, page=Permission.MANAGE_CONNECTIONS)
