"""The API of reviews: a whole cycle by a program, and what it is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.conftest import World, api_token
from tests.reviews.quarters import Quarters

Ask = Callable[..., Any]


@pytest.fixture
def ask(world: World, quarters: Quarters) -> Ask:
    """A consultant's program."""
    client = Client(headers={"authorization": f"Bearer {api_token(world.consultant)}"})
    base = f"/api/v1/organisations/{world.ours.slug}/reviews/"

    def asked(method: str, path: str = "", body: Any = None) -> Any:
        sent = "" if body is None else json.dumps(body)
        return client.generic(method, base + path, data=sent, content_type="application/json")

    return asked


def test_a_program_opens_decides_closes_and_reads_whether_it_worked(ask: Ask, world: World) -> None:
    made = ask("POST", "", {"rhythm": "quarter", "last_day": "2025-09-30"})
    assert made.status_code == 201
    one = made.json()
    item = ask("POST", f"{one['id']}/items/", {"title": "Support is slow"}).json()
    words = {
        "item": item["id"], "text": "Call back", "owner": world.consultant.email, "due_on": "2027-01-31",
        "measure": "score", "segment": "gold",
    }  # fmt: skip
    decided = ask("POST", f"{one['id']}/decisions/", words)
    assert (decided.status_code, decided.json()["value_then"]) == (201, "75")
    refused = ask("POST", f"{one['id']}/close/", {"fates": []})
    left = [name.removeprefix("fate-") for name in refused.json()["fields"]]
    assert refused.status_code == 400
    assert left
    fates = [{"item": key, "fate": "dropped", "because": "No time"} for key in left]
    closed = ask("POST", f"{one['id']}/close/", {"fates": fates}).json()
    text = json.dumps(closed["document"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert closed["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    state = ask("POST", f"{one['id']}/decisions/{decided.json()['id']}/state/", {"state": "done"})
    assert state.status_code == 201
    second = ask("POST", "", {"rhythm": "quarter", "last_day": "2025-12-31"}).json()
    former = second["document"]["items"][0]
    assert (former["kind"], former["facts"]["then"], former["facts"]["now"]) == ("decision", "75", "60")
    assert former["facts"]["state"]["code"] == "done"
    listed = ask("GET").json()
    assert [(row["last_day"], row["state"], row["decisions"]) for row in listed] == [
        ("2025-12-31", "open", 0), ("2025-09-30", "closed", 1),
    ]  # fmt: skip
    read = ask("GET", f"{one['id']}/").json()
    assert read["document"] == closed["document"]
    assert read["said_since"][decided.json()["id"]]["code"] == "done"


def test_the_rhythm_says_what_is_due(ask: Ask, world: World) -> None:
    assert ask("GET", "rhythm/").json() == {"every": "none", "leader": None, "working_days": 10, "due": None}
    body = {"every": "quarter", "leader": world.consultant.email, "working_days": 5}
    said = ask("PUT", "rhythm/", body).json()
    assert (said["every"], said["leader"]) == ("quarter", world.consultant.email)
    assert said["due"]["is_scored"] is False
    assert ask("PUT", "rhythm/", {"every": "daily"}).status_code == 400


def test_what_cannot_be_used_is_named(ask: Ask, world: World) -> None:
    assert ask("POST", "", {"rhythm": "quarter", "last_day": "2025-12-30"}).json()["fields"] == {
        "period": ["Choose a period that is over."]
    }
    one = ask("POST", "", {"rhythm": "quarter", "last_day": "2025-09-30"}).json()
    again = ask("POST", "", {"rhythm": "quarter", "last_day": "2025-12-31"})
    assert again.status_code == 409
    assert ask("POST", f"{one['id']}/").json()["document"]["items"] == one["document"]["items"]
    item = one["document"]["items"][0]["id"]
    words = {"item": item, "text": " ", "owner": "nobody@example.com", "due_on": "2027-01-31"}
    assert ask("POST", f"{one['id']}/decisions/", words).status_code == 400
    assert ask("GET", "00000000-0000-0000-0000-000000000000/").status_code == 404
