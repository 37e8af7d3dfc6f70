"""Absolute addresses come from PUBLIC_URL and from nothing a request says: a forged Host ends in no link, no mail."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from rest_framework.pagination import LimitOffsetPagination


def public_url(path: str) -> str:
    """An address of ours, absolute; `path` begins with a slash."""
    return f"{settings.PUBLIC_URL}{path}"


def _as_public(address: str | None) -> str | None:
    if address is None:
        return None
    parts = urlsplit(address)
    return public_url(urlunsplit(("", "", parts.path, parts.query, "")))


class PublicPagination(LimitOffsetPagination):
    """Lists in pages, whose links to the next and the one before are public addresses."""

    def get_next_link(self) -> str | None:
        return _as_public(super().get_next_link())

    def get_previous_link(self) -> str | None:
        return _as_public(super().get_previous_link())
