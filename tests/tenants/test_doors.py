"""The doors of programs: which addresses are, and that no page is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from engagement.errors import UnavailableError
from tenants.doors import is_event_door, is_without_session
from tenants.pages import error_headers


@pytest.mark.parametrize(
    "path",
    [
        "/v1/batch",
        "/v1/t",
        "/batch",
        "/batch/",
        "/batch//",
        "/track",
        "/track/",
        "/e/",
        "/2/httpapi",
        "/i/v1/analytics/events",
        "/array/key/config.js",
        "/sourceConfig/",
    ],
)
def test_where_libraries_send_is_a_door(path: str) -> None:
    """A door has no session: nothing is looked for that a library never sends."""
    assert is_event_door(path)
    assert is_without_session(path)


@pytest.mark.parametrize("path", ["/", "/tracks", "/batch/more", "/o/track/", "/api/v1/batch", "/portfolio/", "/v1"])
def test_what_only_looks_like_one_is_none(path: str) -> None:
    """Only whole names, at the root."""
    assert not is_event_door(path)
    assert not is_without_session(path)


def test_probes_have_no_session_and_are_no_door() -> None:
    """They take nothing in."""
    assert is_without_session("/healthz")
    assert not is_event_door("/healthz")


def test_no_page_stands_behind_a_door() -> None:
    """A page there would lose its session and its limits without a word."""
    behind = {path: name for path, name in _routes() if is_event_door(f"/{path}")}
    # A pattern with alternatives begins with ^ in the resolver's words, and so is not found by its text.
    assert set(behind.values()) <= {"accept-settings", "hook-segment"} | _DIALECTS, behind


_DIALECTS = {
    "accept-dialect", "accept-flags", "accept-decide", "accept-source-config", "accept-config", "accept-config-script",
    "accept-customerio-settings",
}  # fmt: skip


def _routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.name or ""


def test_every_unavailable_says_when_to_come_again() -> None:
    assert error_headers(UnavailableError()) == {"Retry-After": "2"}
