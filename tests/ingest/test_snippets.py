"""What the page of write keys says of each library: host and key changed, nothing else, and true."""

from __future__ import annotations

import re
import shutil
import sys
from typing import Any

import pytest
from django.test import Client

from engagement.ingest.models import Event, IngestBatch
from engagement.ingest.services import process_batch
from engagement.ingest.snippets import KEY, Snippet, families
from tests.clients.installing import PYTHON
from tests.clients.snippets import run
from tests.conftest import NOW, World, build_world
from tests.ingest.sending import rows, write_key

HERE = "https://rapport.example:8443"
SNIPPETS = {one.library: one for family in families(address=HERE) for one in family.snippets}
EVERY_SNIPPET = pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
# What the work on it brings along is tried here; `make clients` runs every one with its own library.
HAVE = {"segment-analytics-python": sys.executable, **dict.fromkeys(["curl"] if shutil.which("curl") else [], "")}
IN_PYTHON = [one.library for one in SNIPPETS.values() if one.language == "Python"]


@EVERY_SNIPPET
def test_host_and_key_stand_there_and_no_other_address(snippet: Snippet) -> None:
    assert KEY in snippet.code
    assert "$" not in snippet.code
    hosts = re.findall(r"https?://[^/\"' ]+|\"rapport[^\"/]*\"", snippet.code)
    assert set(hosts) <= {HERE, '"rapport.example:8443"'}
    assert hosts


@EVERY_SNIPPET
def test_each_says_the_same_of_the_same_customer(snippet: Snippet) -> None:
    assert snippet.code.count("customer-1") == 1
    assert snippet.code.count("Order Completed") == 1
    assert re.search(r'"?total"?: 25\b', snippet.code)


def test_every_family_that_is_spoken_of_is_there() -> None:
    assert [family.name for family in families(address=HERE)] == [
        "Segment", "RudderStack", "Customer.io", "PostHog", "Mixpanel", "Amplitude", "curl"
    ]  # fmt: skip


def test_the_page_shows_them_with_our_address_and_no_key(world: World, client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = HERE
    client.force_login(world.admin)
    answer = client.post(f"/o/{world.ours.slug}/data/keys/", {"name": "web shop"})
    page = answer.content.decode().replace("&quot;", '"').replace("&#x27;", "'")
    for snippet in SNIPPETS.values():
        assert snippet.code in page
        assert snippet.install in page
    (secret,) = set(re.findall(r"rpw_[A-Za-z0-9_-]{20,}", page))
    assert page.count(secret) == 1  # shown once: where it belongs is said by a word
    assert page.count(KEY) == len(SNIPPETS) + 1
    data = client.get(f"/o/{world.ours.slug}/data/").content.decode()
    assert all(family.name in data for family in families(address=HERE))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("library", dict.fromkeys([*HAVE, *(IN_PYTHON if PYTHON.is_file() else [])]))
def test_what_it_says_is_true(live_server: Any, library: str) -> None:
    world = build_world()
    address, key = live_server.url, write_key(world.ours)
    (snippet,) = (
        one for family in families(address=address, key=key) for one in family.snippets if one.library == library
    )
    assert run(snippet, address=address, python=HAVE.get(library) or str(PYTHON)) == ""
    (batch,) = rows(world.ours, IngestBatch, "id")
    process_batch(organisation_id=world.ours.pk, batch_id=batch, now=NOW)
    assert rows(world.ours, Event, "name", "properties__total") == [("Order Completed", 25)]
