"""What libraries for browsers ask for before they send, and beside it: answered alike whatever the key."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.conftest import World
from tests.ingest.sending import write_key

pytestmark = pytest.mark.django_db

ORIGIN = "https://shop.example"
ADDRESSES = ["/v1/projects/{key}/settings", "/sourceConfig/?p=npm&v=3.0.0&writeKey={key}", "/array/{key}/config",
             "/array/{key}/config.js", "/flags/?v=2", "/decide?v=3",
             "/v1/customerio/v1/projects/{key}/settings"]  # fmt: skip
OFF = ("hasFeatureFlags", "sessionRecording", "surveys", "heatmaps", "captureDeadClicks", "autocaptureExceptions")


def asked(client: Client, address: str, key: str = "rpw_key") -> Any:
    answer = client.get(address.format(key=key), HTTP_ORIGIN=ORIGIN)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("public", ["https://rapport.example", "http://127.0.0.1:8000"])
@pytest.mark.parametrize(
    ("address", "name", "path"),
    [(ADDRESSES[0], "Segment.io", "/v1"), (ADDRESSES[-1], "Customer.io Data Pipelines", "/v1/customerio")],
)
def test_where_to_send_is_told_of_one_integration(
    settings: Any, public: str, address: str, name: str, path: str
) -> None:
    """As Segment's and Customer.io's ask for it; told of a second, either would fetch code for it."""
    settings.PUBLIC_URL = public
    scheme, _, host = public.partition("://")
    told = {"apiKey": "rpw_key", "apiHost": f"{host}{path}", "protocol": scheme}
    assert asked(Client(), address).json() == {"integrations": {name: told}, "metrics": {"sampleRate": 0}}


def test_rudderstacks_learns_of_a_source_that_leads_nowhere_else(client: Client) -> None:
    source = asked(client, ADDRESSES[1]).json()["source"]
    assert (source["enabled"], source["destinations"]) == (True, [])
    assert {name: one["enabled"] for name, one in source["config"]["statsCollection"].items()} == {
        "errors": False, "metrics": False
    }  # fmt: skip


def test_posthogs_learns_that_nothing_is_on_as_json_and_as_a_script(client: Client) -> None:
    said = asked(client, ADDRESSES[2]).json()
    assert (said["token"], {said[name] for name in OFF}) == ("rpw_key", {False})
    answer = asked(client, ADDRESSES[3])
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    # The form in which the library looks for it: an object of its window, by the key.
    found = re.fullmatch(
        r'\(window\._POSTHOG_REMOTE_CONFIG = window\._POSTHOG_REMOTE_CONFIG \|\| \{\}\)\["rpw_key"\] = (\{.*\});\n',
        answer.content.decode(),
    )
    assert found
    assert json.loads(found[1]) == {"config": said, "siteApps": []}


@pytest.mark.parametrize("key", ['a"];alert(1)//', "a%22", "a<b", "a b", "é", "a/b", "a\\"])
def test_what_could_be_more_than_a_name_is_in_no_script(client: Client, key: str) -> None:
    assert client.get(f"/array/{key}/config.js").status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_answer_tells_nothing_of_the_key(world: World, client: Client, address: str) -> None:
    known, unknown = write_key(world.ours), "rpw_" + "x" * 43
    first, second = (asked(client, address, key) for key in (known, unknown))
    assert first.content.replace(known.encode(), b"") == second.content.replace(unknown.encode(), b"")


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_asked_of_the_database(client: Client, address: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        asked(client, address)


@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_of_any_origin_may_ask(client: Client, address: str) -> None:
    path = address.format(key="rpw_key")
    preflight = client.options(path, HTTP_ORIGIN=ORIGIN, HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization")
    assert (preflight.status_code, preflight["Access-Control-Allow-Headers"]) == (200, "authorization")
    for answer in (preflight, asked(client, address)):
        assert answer["Access-Control-Allow-Origin"] == ORIGIN
        assert "GET" in answer["Access-Control-Allow-Methods"]
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
