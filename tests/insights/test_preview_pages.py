"""The editor while a draft is changed: what is typed is shown beside what counts, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client, override_settings

from engagement.insights.models import Target
from engagement.insights.services import score, set_target
from engagement.scoring.models import PreviewJob, Weight, WeightSet
from engagement.scoring.runs.unpacked import CACHE
from engagement.scoring.services.preview_work import run_preview
from engagement.scoring.types import WeightChange
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, kept, published, signed_in, story
from tests.scoring.pages import form_of, url, words

DOUBLED = {key: WeightChange(Decimal(n)) for key, n in {"visit": 2, "social": 10, "purchase": 20}.items()}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    CACHE.clear()
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.consultant)


def _set_in_force(world: World) -> None:
    """100 customers of whom 30 are active: score 20 at full points 20."""
    story(world.ours)
    published(world.ours, full_points=Decimal(20))
    score(organisation_id=world.ours.id, as_of=YESTERDAY, cause="request", now=NOW)


def _typed(world: World, client: Client, **changes: Any) -> dict[str, Any]:
    return form_of(client.get(url(world.ours, "weights/draft/")), **changes)


def _part(answer: Any) -> str:
    """An answer for the script: no page round it."""
    text = answer.content.decode()
    assert "<main" not in text
    return words(type("Answer", (), {"content": f"<main>{text}</main>".encode()}))


def _stored(world: World) -> list[Any]:
    with organisation_scope(world.ours.id, write=False):
        return [*WeightSet.objects.order_by("number").values(), *Weight.objects.order_by("id").values()]


def test_what_is_typed_is_shown_and_nothing_is_kept(world: World, client: Client) -> None:
    _set_in_force(world)
    kept(world.ours, full_points=Decimal(20))
    before = _stored(world)
    typed = _typed(world, client, weight_purchase="12.5", cap_visit="2")
    text = _part(client.post(url(world.ours, "weights/draft/preview/"), typed, headers={"HX-Request": "true"}))
    assert "Score 20.00 22.25 +2.25" in text
    assert "both from the counts of run 1" in text
    assert "Set 2 would lift the score by 2.25" in text  # the heading is exchanged too
    assert "Purchase 10 → 12.5: 30 customers did it; it gives 84.3 % of all points, 75.0 % now." in text
    assert "Visit counts 2 times at most: 10 customers did it more often." in text
    whole = words(client.post(url(world.ours, "weights/draft/preview/"), typed))  # without a script
    assert "Score 20.00 22.25 +2.25" in whole
    assert "Keep as draft" in whole
    assert _stored(world) == before
    assert "would leave the score at 20.00" in words(client.get(url(world.ours, "weights/draft/")))


def test_what_cannot_be_used_shows_no_numbers(world: World, client: Client) -> None:
    _set_in_force(world)
    kept(world.ours, full_points=Decimal(20))
    for change, said in (
        ({"weight_visit": ""}, "Weight of Visit, points: This field is required."),
        ({"weight_visit": "1001"}, "Weight of Visit, points: Give a number between"),
        ({f"weight_{key}": "0" for key in ("visit", "social", "purchase")}, "No action with a weight above 0"),
        ({"full_points": ""}, "Full points: Full points are above 0"),
    ):
        answer = client.post(
            url(world.ours, "weights/draft/preview/"), _typed(world, client, **change), headers={"HX-Request": "true"}
        )
        text = _part(answer)
        assert said in text
        assert "20.00" not in text


def test_targets_that_the_formula_alone_decides_are_marked(world: World, client: Client) -> None:
    _set_in_force(world)
    with organisation_scope(world.ours.id):
        set_target(
            organisation=world.ours, segment_key="all", measure="score", value=Decimal(30), due_on=date(2026, 12, 31),
            owner=None, note="", user=None, now=NOW,
        )  # fmt: skip
    kept(world.ours, weights=DOUBLED, full_points=Decimal(20))
    text = words(client.get(url(world.ours, "weights/draft/")))
    assert "All customers 30 20.00 30.00 met only by the formula" in text
    with organisation_scope(world.ours.id):
        Target.objects.update(value_thousandths=20_000)
    kept(world.ours, full_points=Decimal(40))
    assert "missed only by the formula" in words(client.get(url(world.ours, "weights/draft/")))
    kept(world.ours, full_points=Decimal(20))
    assert "20.00 20.00 met" in words(client.get(url(world.ours, "weights/draft/")))


def test_doubled_weights_are_explained_and_the_level_can_be_kept(world: World, client: Client) -> None:
    _set_in_force(world)
    kept(world.ours, weights=DOUBLED, full_points=Decimal(20))
    page = client.get(url(world.ours, "weights/draft/"))
    text = words(page)
    assert "All weights are 2 times as large, and so are all points." in text
    assert "the score rises because full points do not follow" in text
    assert "Nobody changes places: the 30 active customers keep their order." in text
    assert "Full points 40 would keep the score at 20.00." in text
    assert "Customers who change band: 20 up" in text
    typed = form_of(page, level="40")
    answer = client.post(url(world.ours, "weights/draft/preview/"), typed, headers={"HX-Request": "true"})
    assert "Full points follow, so every score stays." in _part(answer)
    assert 'value="40"' in answer.content.decode()  # the field is filled
    filled = client.post(url(world.ours, "weights/draft/preview/"), typed)
    assert filled.context["form"]["full_points"].value() == "40"
    assert filled.context["form"]["full_points_from"].value() == "own"


def test_who_moves_most_is_named_and_linked(world: World, client: Client) -> None:
    _set_in_force(world)
    kept(world.ours, weights={"purchase": WeightChange(Decimal(15))}, full_points=Decimal(20))
    answer = client.get(url(world.ours, "weights/draft/"))
    text = words(answer)
    assert "c41 75.00 +25.00 10 → 15" in text
    assert f'href="{url(world.ours, "customers/41/")}"' in answer.content.decode()


def test_a_viewer_sees_the_kept_draft_and_may_not_type(world: World) -> None:
    _set_in_force(world)
    kept(world.ours, weights=DOUBLED, full_points=Decimal(20))
    viewer = signed_in(world.viewer)
    text = words(viewer.get(url(world.ours, "weights/draft/")))
    assert "Score 20.00 30.00 +10.00" in text
    assert "Keep the level" not in text
    assert viewer.post(url(world.ours, "weights/draft/preview/"), {}).status_code == 403
    assert signed_in(world.stranger).get(url(world.ours, "weights/draft/preview/")).status_code == 404


def test_a_large_client_waits_for_a_worker_and_sees_no_other_figures(world: World, client: Client) -> None:
    _set_in_force(world)
    kept(world.ours, weights=DOUBLED, full_points=Decimal(20))
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=10):
        typed = _typed(world, client, window_days="30")
        text = _part(client.post(url(world.ours, "weights/draft/preview/"), typed, headers={"HX-Request": "true"}))
        assert "another window (30 days in place of 90), which is counted in the background. Keep the draft" in text
        assert "20.00" not in text
        client.post(url(world.ours, "weights/draft/"), typed)
        page = client.get(url(world.ours, "weights/draft/"))
        assert "It waits for a worker" in words(page)
        assert 'hx-trigger="every 2s"' in page.content.decode()
        with organisation_scope(world.ours.id):
            job = PreviewJob.objects.get()
        run_preview(organisation_id=world.ours.id, job_id=job.pk, now=NOW + timedelta(hours=1))
        answer = client.get(url(world.ours, "weights/draft/preview/"), headers={"HX-Request": "true"})
        assert "every 2s" not in answer.content.decode()
        assert "The window is 30 days in place of 90" in _part(answer)
        with organisation_scope(world.ours.id):
            PreviewJob.objects.all().delete()
        assert "nobody has asked for it yet" in words(client.get(url(world.ours, "weights/draft/")))
        answer = client.post(url(world.ours, "weights/draft/preview/"), {"compute": "yes"}, follow=True)
        assert "It waits for a worker" in words(answer)


def test_the_page_without_a_draft_has_no_preview(world: World, client: Client) -> None:
    published(world.ours)
    assert client.get(url(world.ours, "weights/draft/preview/")).status_code == 404
    assert "There is no draft of weights" in words(client.get(url(world.ours, "weights/draft/")))
    assert client.post(url(world.ours, "weights/draft/preview/"), {"compute": "yes"}).status_code == 404
