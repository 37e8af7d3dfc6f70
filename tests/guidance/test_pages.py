"""The pages of guidance: what stands on them, who reads and writes them, and that each number leads to its meaning."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement.guidance.measures import ATTRIBUTE_NAMES, MEASURES
from engagement.guidance.models import EntryVersion
from engagement.guidance.texts import files
from tenants.models import User
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.insights.scoring_world import Small
from tests.isolation.limited_world import to_gold, to_reports
from tests.scorecards.moving_world import make_moving

pytestmark = pytest.mark.django_db
TYPED = {"question": "Our question?", "text": "Our **answer**.", "language": "en", "based_on": "0"}


@pytest.fixture
def small(world: World) -> Small:
    return make_moving(world)


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _get(client: Client, small: Small, route: str, *arguments: Any, query: str = "", status: int = 200) -> str:
    answer = client.get(reverse(route, args=[small.organisation.slug, *arguments]) + query)
    assert answer.status_code == status, answer.content[:300]
    return answer.content.decode()


def _post(client: Client, small: Small, route: str, *arguments: Any, **typed: Any) -> Any:
    return client.post(reverse(route, args=[small.organisation.slug, *arguments]), {**TYPED, **typed})


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_overview_has_every_card_and_every_question(world: World, small: Small) -> None:
    text = _get(_as(world.viewer), small, "guidance")
    for measure in MEASURES:
        assert reverse("guidance-measure", args=[small.organisation.slug, measure.key]) in text
    for entry in files.entries("en").values():
        assert entry.question.replace("’", "&#x27;") in text or entry.question in text


def test_a_search_shows_what_fits_and_says_where_nothing_does(world: World, small: Small) -> None:
    text = _get(_as(world.viewer), small, "guidance", query="?q=two+formulas")
    first = re.search(r'<ul class="ways"><li><a href="([^"]+)"', text)
    assert first
    assert first[1].endswith("/why-two-formulas/")
    assert "Nothing fits" in _get(_as(world.viewer), small, "guidance", query="?q=zzzz")


@pytest.mark.parametrize("key", [measure.key for measure in MEASURES])
def test_a_card_has_all_attributes_and_the_clients_figure(world: World, small: Small, key: str) -> None:
    text = _get(_as(world.viewer), small, "guidance-measure", key)
    for attribute, name in ATTRIBUTE_NAMES.items():
        assert f'id="h-{attribute}">{name}</h2>' in text
    figures = {"score": "9.9", "points-per-customer": "4.93", "actions-per-customer": "2.36", "active-share": "42.9 %"}
    assert figures.get(key, "0.0 %" if key == "multi-channel-share" else "Not measured here yet.") in text


def test_an_entry_has_its_answer_and_what_the_data_says(world: World, small: Small) -> None:
    text = _get(_as(world.viewer), small, "guidance-entry", "how-to-improve-it")
    assert "<strong>Silent customers:</strong>" in text
    assert "57.1 % of customers (8 of 14) did nothing that counts" in text
    assert "Say it in your own words" not in text  # a viewer does not write
    assert "Say it in your own words" in _get(_as(world.consultant), small, "guidance-entry", "how-to-improve-it")


def test_what_there_is_not_is_not_found(world: World, small: Small) -> None:
    viewer = _as(world.viewer)
    _get(viewer, small, "guidance-entry", "nothing-of-the-kind", status=404)
    _get(viewer, small, "guidance-measure", "nothing", status=404)
    _get(viewer, small, "guidance-entry", "why-it-matters", query="?segment=nothing", status=404)


def test_evidence_is_about_the_segment_that_the_link_names(world: World, small: Small) -> None:
    text = _get(_as(world.viewer), small, "guidance-entry", "why-it-matters", query="?segment=gold")
    assert "score of Gold is" in text
    assert "/guidance/measures/score/?segment=gold" in text


def test_objectives_name_what_leads_and_what_follows(world: World, small: Small) -> None:
    text = _get(_as(world.viewer), small, "guidance-objectives")
    assert text.count('<th scope="row">') == 12
    assert "Prove a campaign" in text


def test_in_german_everything_is_german(world: World, small: Small) -> None:
    User.objects.filter(pk=world.viewer.pk).update(language="de")
    client = _as(world.viewer)
    assert "Warum gibt es zwei Formeln?" in _get(client, small, "guidance")
    assert "Punkte pro Kunde" in _get(client, small, "guidance-measure", "points-per-customer")
    assert "Verbessern Sie, was Kunden erleben" in _get(client, small, "guidance-entry", "how-to-improve-it")


def test_a_limited_reader_gets_evidence_about_their_segment_only(small: Small) -> None:
    gil, rea = to_gold(small), to_reports(small)
    assert "score of Gold is" in _get(gil, small, "guidance-entry", "why-it-matters")
    assert "Gold" in _get(gil, small, "guidance-measure", "score")
    _get(gil, small, "guidance-entry", "why-it-matters", query="?segment=all", status=404)
    assert "score of All customers is" in _get(rea, small, "guidance-entry", "why-it-matters")


@pytest.mark.parametrize(
    ("route", "arguments", "leads_to"),
    [
        ("scorecard", [], "/guidance/measures/score/"),
        ("segment", ["gold"], "/guidance/measures/score/?segment=gold"),
        ("customer", [1], "/guidance/measures/score/"),
        ("targets", [], "/guidance/questions/how-often-to-review/"),
        ("explained", [], "/guidance/questions/what-influences-the-score/?segment=all"),
    ],
)
def test_numbers_lead_to_what_they_mean(
    world: World, small: Small, route: str, arguments: list[Any], leads_to: str
) -> None:
    text = _get(_as(world.consultant), small, route, *arguments)
    links = re.findall(r'<a class="explains[^"]*" href="([^"]+)"', text)
    assert any(link.endswith(leads_to) for link in links), links
    for link in links:
        assert _as(world.consultant).get(link).status_code == 200


def test_the_weights_editor_leads_to_what_weights_and_full_points_do(world: World) -> None:
    """The draft that every client begins with."""
    text = _as(world.consultant).get(reverse("weights-draft", args=[world.ours.slug])).content.decode()
    links = re.findall(r'<a class="explains[^"]*" href="[^"]+/([a-z0-9-]+)/"', text)
    assert links == ["what-influences-the-score", "where-0-to-100-comes-from"]


def test_find_offers_cards_and_entries(world: World, small: Small) -> None:
    address = reverse("find-here", args=[small.organisation.slug])
    for asked, name in (("churn", "Churn"), ("two formulas", "Why are there two formulas?"), ("guidance", "What the")):
        hits = _as(world.viewer).get(address, {"q": asked, "format": "json"}).json()["hits"]
        assert any(hit["name"].startswith(name) for hit in hits), (asked, hits)
    assert _as(world.viewer).get(hits[0]["url"]).status_code == 200


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_consultant_adds_changes_and_takes_back(world: World, small: Small) -> None:
    client = _as(world.consultant)
    assert _post(client, small, "guidance-entry-new").status_code == 302
    text = _get(client, small, "guidance-entry", "our-question")
    assert "Our <strong>answer</strong>." in text
    assert "version 1 by" in text
    assert _post(client, small, "guidance-entry-edit", "our-question", text="Better.", based_on="1").status_code == 302
    assert "<p>Better.</p>" in _get(client, small, "guidance-entry", "our-question")
    again = _get(client, small, "guidance-entry-edit", "our-question", query="?version=1")
    assert "Our **answer**." in again
    assert "Take back" in _get(client, small, "guidance-entry-withdraw", "our-question")
    assert _post(client, small, "guidance-entry-withdraw", "our-question").status_code == 302
    _get(client, small, "guidance-entry", "our-question", status=404)


def test_a_preview_is_cleaned_and_keeps_nothing(world: World, small: Small) -> None:
    answer = _post(
        _as(world.consultant), small, "guidance-entry-new", preview="1", text="**Hi** <script>alert(1)</script>"
    )
    text = answer.content.decode()
    assert "<strong>Hi</strong> &lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert(1)" not in text
    with organisation_scope(small.id, write=False):
        assert not EntryVersion.objects.exists()


def test_of_two_at_once_the_second_keeps_their_words_on_the_page(world: World, small: Small) -> None:
    client = _as(world.consultant)
    _post(client, small, "guidance-entry-edit", "why-it-matters")
    answer = _post(client, small, "guidance-entry-edit", "why-it-matters", text="The second one’s words.")
    assert answer.status_code == 200
    assert "Somebody else has kept this entry meanwhile" in answer.content.decode()
    assert "The second one’s words." in answer.content.decode()


def test_what_is_wrong_stands_beside_its_field(world: World, small: Small) -> None:
    answer = _post(_as(world.consultant), small, "guidance-entry-new", question="", text="")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'id="id_question_error"' in text
    assert 'id="id_text_error"' in text


def test_a_viewer_writes_nothing(world: World, small: Small) -> None:
    client = _as(world.viewer)
    for route, arguments in (("guidance-entry-new", []), ("guidance-entry-edit", ["why-it-matters"])):
        assert _post(client, small, route, *arguments).status_code == 403
        _get(client, small, route, *arguments, status=403)


def test_a_firm_writes_for_its_clients(world: World, small: Small) -> None:
    client, firm = _as(world.admin), world.firm.slug
    address = reverse("firm-guidance-edit", args=[firm, "why-it-matters"])
    assert client.get(address).status_code == 200
    assert client.post(address, TYPED).status_code == 302
    assert "instead of ours" in client.get(reverse("firm-guidance", args=[firm])).content.decode()
    text = _get(_as(world.viewer), small, "guidance-entry", "why-it-matters")
    assert "Written by your consultants, version 1" in text
    assert "Our question?" in text
    assert (
        _as(world.consultant).post(address, TYPED).status_code == 403
    )  # admins of the firm decide what all clients read
    assert client.post(reverse("firm-guidance-withdraw", args=[firm, "why-it-matters"])).status_code == 302
    assert "Our question?" not in _get(_as(world.viewer), small, "guidance-entry", "why-it-matters")


def test_pages_of_clients_and_of_firms_are_not_found_in_the_other(world: World, small: Small) -> None:
    client = _as(world.admin)
    assert client.get(reverse("guidance", args=[world.firm.slug])).status_code == 404
    assert client.get(reverse("firm-guidance", args=[small.organisation.slug])).status_code == 404
