"""Pages about weights: from the suggestion to publication, and nothing overwritten."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.scoring import services
from engagement.scoring.models import (
    WeightSet,
)
from engagement.scoring.selectors.weights import draft_view, published_view
from engagement.scoring.types import WeightChange
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import kept, published, signed_in, story
from tests.scoring.pages import form_of, url, words


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.consultant)


def test_a_consultant_takes_the_first_weights_from_suggestion_to_publication(world: World, client: Client) -> None:
    story(world.ours)
    page = client.get(url(world.ours, "weights/draft/"))
    text = words(page)
    assert "Median of active customers: 10" in text
    assert "Dotted: median of the 30 active customers, 10." in text
    assert "Full points are not decided yet." in text
    early = client.get(url(world.ours, "weights/draft/publish/"), follow=True)
    assert "Decide full points first" in words(early)
    answer = client.post(url(world.ours, "weights/draft/"), form_of(page), follow=True)
    text = words(answer)
    assert "Kept as draft." in text
    assert "Set 1 would give a score of 30.00" in text
    assert "exact, 100 customers" in text
    assert "Full points 10" in answer.content.decode()  # the line in the chart
    page = client.get(url(world.ours, "weights/draft/publish/"))
    assert "The score of 1 March 2026 is 30.00, of 100 customers." in words(page)
    refused = client.post(url(world.ours, "weights/draft/publish/"), form_of(page, note=" "))
    assert (refused.status_code, list(refused.context["form"].errors)) == (200, ["note"])
    answer = client.post(url(world.ours, "weights/draft/publish/"), form_of(page, note="First"), follow=True)
    assert "Set 1 is published." in words(answer)
    assert answer.redirect_chain[-1][0] == url(world.ours, "start/")  # the first weights are a step of the first score
    assert "Weight set 1 counts" in words(client.get(url(world.ours, "weights/")))
    with organisation_scope(world.ours.id, write=False):
        view = published_view(organisation=world.ours)
        assert view is not None
        assert (view.number, view.full_points, view.note) == (1, Decimal(10), "First")


def test_publishing_keeps_what_was_typed(world: World, client: Client) -> None:
    story(world.ours)
    published(world.ours, full_points=Decimal(20))
    page = client.post(url(world.ours, "weights/draft/"), {"start": "yes"}, follow=True)
    typed = form_of(page, weight_purchase="12.5") | {"then": "publish"}
    answer = client.post(url(world.ours, "weights/draft/"), typed, follow=True)
    assert answer.redirect_chain[-1][0] == url(world.ours, "weights/draft/publish/")
    # 10 young with full points, and 20 older × 12.5 of 20: Σ scores = 1000 + 1250.
    assert "goes from 20.00 to 22.50" in words(answer)
    refused = client.post(url(world.ours, "weights/draft/"), typed | {"weight_purchase": "much"})
    assert refused.status_code == 200  # back at what was typed, with what is wrong
    assert not refused.context["form"].is_valid()


def test_the_draft_stands_beside_what_counts_now(world: World, client: Client) -> None:
    story(world.ours)
    published(world.ours, full_points=Decimal(20))
    answer = client.post(url(world.ours, "weights/draft/"), {"start": "yes"}, follow=True)
    assert "Set 2 would leave the score at 20.00" in words(answer)
    typed = form_of(answer, weight_purchase="12.5", cap_visit="2")
    answer = client.post(url(world.ours, "weights/draft/"), typed, follow=True)
    text = words(answer)
    # 10 young × (2 + 5 + 12.5) = 19.5 of 20, and 20 older × 12.5: Σ scores = 975 + 1250 = 2225.
    assert "Set 2 would lift the score by 2.25" in text
    assert "Score 20.00 22.25 +2.25" in text
    assert "Purchase was 10" in text
    assert "Visit had no cap" in text
    # Points per customer: 10 × 2 · 10 × 5 · 30 × 12.5, each by 100.
    assert re.search(r"Visit had no cap 50 0\.20 .* 10 0\.50 .* 30 3\.75 All 90 4\.45", text)
    typed = form_of(answer, cap_visit="")
    text = words(client.post(url(world.ours, "weights/draft/"), typed, follow=True))
    assert "Purchase 10 → 12.5 would lift the score by 2.50" in text  # 10 × 100 + 20 × 62.5 = 2250


def test_numbers_that_do_not_fit_stand_beside_their_field_and_change_nothing(world: World, client: Client) -> None:
    page = client.get(url(world.ours, "weights/draft/"))
    for name, typed in (
        ("weight_visit", "1.0001"), ("weight_visit", "much"), ("weight_visit", ""), ("cap_visit", "0"),
        ("window_days", "0"), ("half_life_days", "x"), ("full_points_from", "feeling"),
    ):  # fmt: skip
        answer = client.post(url(world.ours, "weights/draft/"), form_of(page, **{name: typed}))
        assert (answer.status_code, list(answer.context["form"].errors)) == (200, [name])
    zeros = {f"weight_{key}": "0" for key in ("visit", "social", "purchase")}
    answer = client.post(url(world.ours, "weights/draft/"), form_of(page, **zeros))
    assert "Give at least one action a weight above 0" in words(answer)
    answer = client.post(url(world.ours, "weights/draft/"), form_of(page, full_points_from="own", full_points=""))
    assert list(answer.context["form"].errors) == ["full_points"]
    with organisation_scope(world.ours.id, write=False):
        view = draft_view(organisation=world.ours)
        assert view is not None
        assert view.changed_at == NOW


def test_an_older_page_does_not_overwrite_a_newer_draft(world: World, client: Client) -> None:
    old = client.get(url(world.ours, "weights/draft/"))
    kept(world.ours, window_days=60)
    for path, typed in (
        ("weights/draft/", form_of(old, window_days="7")),
        ("weights/draft/publish/", {"note": "x", "changed_at": form_of(old)["changed_at"]}),
        ("weights/draft/discard/", {"changed_at": form_of(old)["changed_at"]}),
    ):
        answer = client.post(url(world.ours, path), typed)
        assert answer.status_code == 200
        assert "again" in words(answer)
    for nonsense in ("", "yesterday", "2026-03-02"):
        answer = client.post(url(world.ours, "weights/draft/"), form_of(old, changed_at=nonsense))
        assert list(answer.context["form"].errors) == ["changed_at"]
    with organisation_scope(world.ours.id, write=False):
        view = draft_view(organisation=world.ours)
        assert view is not None
        assert view.window_days == 60


def test_an_action_added_meanwhile_keeps_what_it_has(world: World, client: Client) -> None:
    page = client.get(url(world.ours, "weights/draft/"))
    with organisation_scope(world.ours.id):
        services.create_action(
            organisation=world.ours, name="Call", channel="app", rule={"event_names": ["c"]}, user=None, now=NOW
        )
    answer = client.post(url(world.ours, "weights/draft/"), form_of(page, window_days="30"))
    assert answer.status_code == 302
    with organisation_scope(world.ours.id, write=False):
        view = draft_view(organisation=world.ours)
        assert view is not None
        assert (view.window_days, [line.weight for line in view.weights if line.key == "call"]) == (30, [0])


def test_an_old_set_is_shown_and_returned_to(world: World, client: Client) -> None:
    published(world.ours, weights={"visit": WeightChange(Decimal("2.5"), 4)})
    published(world.ours, window_days=10)
    text = words(client.get(url(world.ours, "weights/1/")))
    assert "Weight set 1 counted once" in text
    assert "Visit Website 2.5 4" in text
    assert "Return to this set" in text
    assert "Return to this set" not in words(client.get(url(world.ours, "weights/2/")))
    assert "Return to set 1?" in words(client.get(url(world.ours, "weights/1/return/")))
    answer = client.post(url(world.ours, "weights/1/return/"), follow=True)
    assert answer.redirect_chain == [(url(world.ours, "weights/draft/"), 302)]
    assert "already" in words(client.post(url(world.ours, "weights/1/return/")))
    answer = client.get(url(world.ours, "weights/3/"))
    assert (answer.status_code, answer["Location"]) == (302, url(world.ours, "weights/draft/"))
    page = client.get(url(world.ours, "weights/draft/discard/"))
    opened = dict(page.context["confirm"].fields)
    client.post(url(world.ours, "weights/draft/discard/"), opened)
    assert "There is no draft of weights" in words(client.get(url(world.ours, "weights/draft/")))
    assert client.get(url(world.ours, "weights/draft/discard/")).status_code == 404
    assert client.get(url(world.ours, "weights/draft/publish/")).status_code == 404
    with organisation_scope(world.ours.id, write=False):
        assert list(WeightSet.objects.order_by("number").values_list("number", "state")) == [
            (1, "retired"),
            (2, "published"),
        ]
