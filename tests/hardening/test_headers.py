"""Every answer carries the headers, every page keeps the policy: pages, the API, errors, files, redirects, ingest."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.headers import EVERYWHERE, HeadersMiddleware
from tenants.services import create_token
from tests.conftest import PASSWORD, World
from tests.hardening.pages import policy, unsafe_parts
from tests.isolation.matrix import visits
from tests.isolation.stage import Stage, staged

POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["default"],
}


# Swagger's reader cleans mark-up with a policy of its own, on its one page.
DOCS = {**POLICY, "trusted-types": ["default", "dompurify"]}


SHARED = {"shared-report", "shared-pdf"}


def _header_problems(
    answer: Any, *, static: bool = False, for_everybody: bool = False, expected: Any = POLICY
) -> list[str]:
    """What is missing from the answer, or is not as strict as promised."""
    problems = [f"{name}: {answer.get(name)}" for name, value in EVERYWHERE.items() if answer.get(name) != value]
    if policy(answer.get("Content-Security-Policy", "")) != expected:
        problems.append(f"Content-Security-Policy: {answer.get('Content-Security-Policy')}")
    wanted = "cross-origin" if for_everybody else "same-origin"
    if answer.get("Cross-Origin-Resource-Policy") != wanted:
        problems.append(f"Cross-Origin-Resource-Policy: {answer.get('Cross-Origin-Resource-Policy')}")
    if not static and "no-store" not in answer.get("Cache-Control", ""):
        problems.append(f"Cache-Control: {answer.get('Cache-Control')}")
    if any(answer.get(name) for name in ("Server", "X-Powered-By")):
        problems.append("it says what it runs on")
    return problems


@pytest.mark.django_db(transaction=True)
def test_every_route_carries_the_headers_and_holds_nothing_inline() -> None:
    with staged() as stage:
        problems, pages, statuses = _looked_at(stage)
    assert problems == []
    assert pages >= 40
    assert statuses >= {200, 302, 405}


def _looked_at(stage: Stage) -> tuple[list[str], int, set[int]]:
    """What is wrong anywhere, how many pages there were, and every status that was met."""
    problems, pages, statuses = [], 0, set()
    for route, answer in visits(stage):
        found = _header_problems(answer, expected=DOCS if route.name == "api-docs" else POLICY)
        if route.name in SHARED:  # whoever follows a link from there is not to carry the report's address along
            found = [problem for problem in found if problem != "Referrer-Policy: no-referrer"]
        if answer.get("Content-Type", "").startswith("text/html"):
            pages += 1
            found += unsafe_parts(answer.content.decode())
        problems += [f"{route.name} {answer.status_code}: {problem}" for problem in found]
        statuses.add(answer.status_code)
    return problems, pages, statuses


@pytest.mark.django_db(transaction=True)
def test_errors_refusals_files_and_ingest_carry_them_too(world: World, tmp_path: Any) -> None:
    client = Client(raise_request_exception=False)
    inside = Client()
    inside.force_login(world.viewer)
    answers = {
        "unknown page": client.get("/nowhere/"),
        "unknown in the API": client.get("/api/v1/nowhere/"),
        "no token": client.get("/api/v1/organisations/"),
        "wrong token": client.get("/api/v1/organisations/", HTTP_AUTHORIZATION="Bearer rpt_x"),
        "signed out": client.get(f"/o/{world.ours.slug}/"),
        "no role": inside.get(f"/o/{world.ours.slug}/members/"),
        "no CSRF token": Client(enforce_csrf_checks=True).post(reverse("login"), {"login": "a"}),
        "wrong host": client.get("/login/", HTTP_HOST="evil.example"),
        "wrong method": inside.delete(f"/o/{world.ours.slug}/settings/"),
        "too large": client.post(reverse("login"), b"x", content_type="text/plain", CONTENT_LENGTH="9999999999"),
    }
    expected = [404, 404, 401, 401, 302, 403, 403, 400, 405, 413]
    assert [answer.status_code for answer in answers.values()] == expected
    assert {name: _header_problems(answer) for name, answer in answers.items()} == {name: [] for name in answers}
    ingest = [client.get("/v1/batch"), client.post("/v1/batch", b"{}", "text/plain"), client.options("/v1/batch")]
    ingest.append(client.get("/v1/projects/key/settings"))
    assert [answer.status_code for answer in ingest] == [405, 401, 200, 200]
    assert [_header_problems(answer, for_everybody=True) for answer in ingest] == [[]] * 4


def test_an_error_of_ours_carries_them(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("engagement.health._parts", fail)
    client.raise_request_exception = False
    answer = client.get("/readyz")
    assert (answer.status_code, _header_problems(answer)) == (500, [])
    assert b"a secret" not in answer.content


def test_files_carry_them_and_may_be_kept(settings: Any, tmp_path: Any) -> None:
    (tmp_path / "theme.css").write_text("p {}")
    settings.STATIC_ROOT, settings.WHITENOISE_AUTOREFRESH = str(tmp_path), True
    answer = Client().get("/static/theme.css")
    assert answer.status_code == 200
    assert _header_problems(answer, static=True) == []
    assert "max-age" in answer["Cache-Control"]
    assert "no-store" not in answer["Cache-Control"]


def test_control_an_answer_past_the_middleware_is_reported() -> None:
    assert len(_header_problems(HttpResponse())) == len(EVERYWHERE) + 3
    passed = HeadersMiddleware(lambda _: HttpResponse())(Client().get("/healthz").wsgi_request)
    assert [problem.partition(":")[0] for problem in _header_problems(passed)] == ["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("page", "problems"),
    [
        ('<p style="color:red">', ["a style on <p>"]),
        ("<p ONCLICK=x()>", ["onclick on <p>"]),
        ('<div hx-on:click="x()">', ["hx-on:click on <div>"]),
        ("<script>x()</script>", ["an inline script"]),
        ("<style>p{}</style>", ["<style>"]),
        ('<a href=" java\nscript:x()">', ["a javascript address on <a>"]),
        ('<script src="https://cdn.example/x.js"></script>', ["<script> from https://cdn.example/x.js"]),
        ('<meta http-equiv="Refresh" content="0;url=//x">', ["a refresh"]),
        ('<iframe src="/x"></iframe><base href="/">', ["<iframe>", "<base>"]),
        ('<script src="/static/a.js"></script><a href="https://x.example">x</a><svg><rect fill="x"/></svg>', []),
    ],
)
def test_control_unsafe_parts_are_found(page: str, problems: list[str]) -> None:
    assert unsafe_parts(page) == problems


# ── signing in and out ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_signing_out_clears_what_the_browser_kept(world: World) -> None:
    client = Client()
    signed_in = client.post(reverse("login"), {"login": world.viewer.email, "password": PASSWORD})
    assert "Clear-Site-Data" not in signed_in
    left = client.post(reverse("logout"))
    assert (left.status_code, left["Clear-Site-Data"]) == (302, '"cache", "storage"')
    assert left.cookies["sessionid"].value == ""


@pytest.mark.django_db(transaction=True)
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    client = Client()
    client.get(reverse("login"))
    client.post(reverse("login"), {"login": world.viewer.email, "password": PASSWORD})
    names = {django_settings.SESSION_COOKIE_NAME, django_settings.CSRF_COOKIE_NAME, django_settings.DEVICE_COOKIE_NAME}
    assert set(client.cookies) == names == {"sessionid", "csrftoken", "known"}
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


@pytest.mark.django_db(transaction=True)
def test_the_api_sets_no_cookie(world: World) -> None:
    client = Client(HTTP_AUTHORIZATION=f"Bearer {create_token(user=world.viewer, name='one', now=timezone.now())[1]}")
    assert client.get("/api/v1/organisations/").status_code == 200
    assert not client.cookies
