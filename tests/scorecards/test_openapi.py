"""The OpenAPI document in the repository is the one that the code describes, and it describes every address."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from drf_spectacular import plumbing

from engagement import api_document
from engagement.api_document import APIDocument

COMMITTED = Path(__file__).resolve().parent.parent.parent / "engagement" / "openapi.yaml"


@pytest.fixture(autouse=True)
def _made_anew() -> None:
    """Other tests in this process may have made it with texts of their own."""
    plumbing._load_enum_name_overrides.cache_clear()
    api_document._document.cache_clear()


def described() -> str:
    stream = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=stream, skip_checks=True)
    return stream.getvalue()


def test_the_document_is_current() -> None:
    """`make openapi` writes it anew."""
    assert described() == COMMITTED.read_text()


def test_every_operation_stands_under_one_heading_and_no_heading_is_empty() -> None:
    document = APIDocument.generator_class().get_schema(public=True)
    said = {tag["name"] for tag in document["tags"]}
    used = [tuple(one["tags"]) for path in document["paths"].values() for one in path.values() if isinstance(one, dict)]
    assert len(used) > 150
    assert {len(tags) for tags in used} == {1}
    assert {tag for tags in used for tag in tags} == said
