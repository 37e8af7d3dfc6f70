"""Guidance for programs: lists, a card and an entry with exact numbers, and the organisation's own words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import World, api_token
from tests.insights.scoring_world import Small
from tests.scorecards.moving_world import make_moving

pytestmark = pytest.mark.django_db
WORDS = {
    "question": "Ours?",
    "text": "Yes, **ours**. <script>x</script>",
    "explains": ["score"],
    "evidence": ["silent"],
}


@pytest.fixture
def small(world: World) -> Small:
    return make_moving(world)


@pytest.fixture
def ask(world: World, small: Small) -> Any:
    """Asks as a consultant; gives the status and the JSON."""
    secret = api_token(world.consultant)

    def asked(method: str, route: str, *arguments: Any, query: str = "", body: Any = None) -> tuple[int, Any]:
        address = reverse(route, args=[small.organisation.slug, *arguments]) + query
        answer: Any = Client().generic(
            method, address, __import__("json").dumps(body or {}), "application/json",
            headers={"authorization": f"Bearer {secret}"},
        )  # fmt: skip
        return answer.status_code, answer.json() if answer.content else None

    return asked


def test_everything_is_listed_and_a_question_ranks_it(ask: Any) -> None:
    status, listed = ask("GET", "api-guidance")
    assert status == 200
    assert [one["kind"] for one in listed].count("measure") == 11
    assert [one["kind"] for one in listed].count("entry") == 13
    _status, ranked = ask("GET", "api-guidance", query="?q=two+formulas")
    assert (ranked[0]["key"], ranked[0]["whose"]) == ("why-two-formulas", "ours")
    _status, german = ask("GET", "api-guidance", query="?language=de&q=Branche")
    assert german[0]["title"].startswith("Wie sieht ein guter Score")
    assert ask("GET", "api-guidance", query="?language=fr")[0] == 400


def test_a_card_has_exact_figures(ask: Any) -> None:
    status, card = ask("GET", "api-guidance-measure", "points-per-customer")
    assert status == 200
    assert card["standing"]["exact"] == "4.928571"
    assert len(card["sections"]) == 12
    assert card["related"] == ["score", "actions-per-customer", "clv"]
    assert ask("GET", "api-guidance-measure", "score", query="?segment=gold")[1]["standing"]["exact"] is not None
    assert ask("GET", "api-guidance-measure", "nothing")[0] == 404
    assert ask("GET", "api-guidance-measure", "score", query="?segment=nothing")[0] == 404


def test_an_entry_has_its_evidence_as_data(ask: Any) -> None:
    _status, entry = ask("GET", "api-guidance-entry", "how-to-improve-it")
    [silent] = [one for one in entry["evidence"] if one["key"] == "silent"]
    assert silent["figures"] == [{"name": "silent", "value": "8"}, {"name": "customers", "value": "14"}]
    assert (entry["whose"], entry["based_on"], entry["number"]) == ("ours", 0, None)


def test_own_words_are_added_changed_and_taken_back(ask: Any) -> None:
    status, made = ask("POST", "api-guidance", body=WORDS)
    assert (status, made["key"], made["number"], made["whose"]) == (201, "ours", 1, "own")
    assert "<script" not in made["html"]
    assert "<strong>ours</strong>" in made["html"]
    assert [one["key"] for one in made["evidence"]] == ["silent"]
    assert ask("PUT", "api-guidance-entry", "ours", body={**WORDS, "based_on": 0})[0] == 409
    status, changed = ask("PUT", "api-guidance-entry", "ours", body={**WORDS, "text": "No.", "based_on": 1})
    assert (status, changed["number"], changed["text"]) == (200, 2, "No.")
    assert ask("DELETE", "api-guidance-entry", "ours", query="?language=en") == (204, None)
    assert ask("GET", "api-guidance-entry", "ours")[0] == 404
    assert ask("DELETE", "api-guidance-entry", "ours", query="?language=en")[0] == 404


def test_what_cannot_be_kept_names_its_field(ask: Any) -> None:
    status, refused = ask("POST", "api-guidance", body={**WORDS, "explains": ["nonsense"]})
    assert status == 400
    assert list(refused["fields"]) == ["explains"]
    assert ask("PUT", "api-guidance-entry", "why-it-matters", body=WORDS)[0] == 400  # based_on is missing
