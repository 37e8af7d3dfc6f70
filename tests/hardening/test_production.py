"""What holds only with an https address: asked of a process with production's settings, over HTTPS and over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import database
from tests.conftest import PASSWORD, build_world
from tests.hardening.test_headers import _header_problems
from tests.tenants.test_checks import PRODUCTION

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answers() -> dict[str, Any]:
    world = build_world()
    # No `make collectstatic` here, so names without hashes; the rest is production's.
    environment = {**os.environ, **database.environment(database.DATABASE), **PRODUCTION, "PLAIN_STATIC": "true"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.hardening.production", world.viewer.email, PASSWORD],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_production_over_https_and_http(answers: dict[str, Any]) -> None:
    statuses = {name: answer["status"] for name, answer in answers.items()}
    assert statuses == {
        "login page": 200, "signed in": 302, "api": 200, "unknown": 404, "signed out": 302,
        "plain": 301, "plain ingest": 301, "plain health": 200,
    }  # fmt: skip
    for name in ("login page", "signed in", "api", "unknown", "signed out"):
        headers = answers[name]["headers"]
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload", name
        assert _header_problems(headers) == [], name
    assert answers["plain"]["headers"]["Location"] == "https://rapport.example/login/?a=b"
    assert "sessionid" not in json.dumps(answers["plain"])
    assert answers["signed out"]["headers"]["Clear-Site-Data"] == '"cache", "storage"'


def test_cookies_are_held_to_the_host_and_to_https(answers: dict[str, Any]) -> None:
    cookies = answers["login page"]["cookies"] | answers["signed in"]["cookies"]
    assert set(cookies) == {"__Host-sessionid", "__Host-csrftoken", "__Host-known"}
    held = {"secure": True, "httponly": True, "samesite": "Lax", "path": "/", "domain": ""}
    assert all(cookie == held for cookie in cookies.values()), cookies
