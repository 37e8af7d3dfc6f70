"""The OpenAPI document in the repository is the one that the code describes, and it describes every address."""

from __future__ import annotations

import io
from pathlib import Path

from django.core.management import call_command

COMMITTED = Path(__file__).resolve().parent.parent.parent / "engagement" / "openapi.yaml"


def described() -> str:
    stream = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=stream, skip_checks=True)
    return stream.getvalue()


def test_the_document_is_current() -> None:
    """`make openapi` writes it anew."""
    assert described() == COMMITTED.read_text()
