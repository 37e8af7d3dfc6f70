"""`python -m tests.hardening.production`: asks the product as production runs it; prints what its answers carry.

The environment is the caller's; settings are read from it once, so this is a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")


def _said(answer: Any) -> dict[str, Any]:
    cookies = {
        name: {key: cookie[key] for key in ("secure", "httponly", "samesite", "path", "domain")}
        for name, cookie in answer.cookies.items()
    }
    return {"status": answer.status_code, "headers": dict(answer.headers), "cookies": cookies}


def main(email: str, password: str) -> None:
    """Sign in over HTTPS and look; then knock over HTTP."""
    import django

    django.setup()
    from django.test import Client

    secure = Client(headers={"host": "rapport.example"}, raise_request_exception=False)
    form = {"login": email, "password": password}
    answers = {
        "login page": secure.get("/login/", secure=True),
        "signed in": secure.post("/login/", form, secure=True),
        "api": secure.get("/api/v1/organisations/", secure=True),
        "unknown": secure.get("/nowhere/", secure=True),
        "signed out": secure.post("/logout/", secure=True),
        "plain": secure.get("/login/?a=b"),
        "plain ingest": secure.post("/v1/batch", b"{}", content_type="application/json"),
        "plain health": secure.get("/healthz"),
    }
    sys.stdout.write(json.dumps({name: _said(answer) for name, answer in answers.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
