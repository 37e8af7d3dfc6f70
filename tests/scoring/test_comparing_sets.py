"""Any two weight sets side by side: what they say, and what each gives with today's data."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.test import override_settings

from engagement.insights.services import score
from engagement.scoring.runs.unpacked import CACHE
from engagement.scoring.types import WeightChange
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, kept, published, signed_in, story
from tests.scoring.pages import url, words


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    CACHE.clear()
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def sets(world: World) -> World:
    """Set 1 counted once, set 2 counts, set 3 is the draft."""
    story(world.ours)
    published(world.ours, full_points=Decimal(20))
    published(world.ours, full_points=Decimal(40), weights={"visit": WeightChange(Decimal(2), 3)})
    score(organisation_id=world.ours.id, as_of=YESTERDAY, cause="request", now=NOW)
    kept(world.ours, full_points=Decimal(10))
    return world


def _page(world: World, **asked: str) -> str:
    return words(signed_in(world.viewer).get(url(world.ours, "weights/compare/"), asked))


def test_an_earlier_set_beside_the_one_in_force(sets: World) -> None:
    text = _page(sets, first="1", second="2")
    assert "Sets 1 and 2 differ in 3 numbers" in text
    assert "Visit 1 2 differs" in text
    assert "Cap of Visit none 3 differs" in text
    assert "Full points 20 40 differs" in text
    assert "Purchase 10 10" in text
    assert "Score 20.00 10.25" in text  # (10 × 20 + 20 × 10) ÷ 20; (10 × 21 + 20 × 10) ÷ 40, of 100 customers
    assert "Points per customer 4.00 4.10" in text
    assert "Poor 90 100" in text


def test_without_a_choice_it_is_the_set_in_force_and_the_draft(sets: World) -> None:
    text = _page(sets)
    assert "Sets 2 and 3 differ in 3 numbers" in text
    assert "Score 10.25 30.00" in text
    assert "say the same" in _page(sets, first="1", second="1")


def test_what_is_no_set_is_said_beside_the_field(sets: World) -> None:
    for number in ("9", "x", "-1", "99999999999999999999"):
        text = _page(sets, first="1", second=number)
        assert "Choose two weight sets" in text
        assert "Select a valid choice" in text


def test_what_takes_a_worker_is_said_and_not_guessed(sets: World) -> None:
    kept(sets.ours, window_days=30, full_points=Decimal(10))
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=10):
        text = _page(sets, first="2", second="3")
    assert "No figures to compare." in text
    assert "Set 3: it needs another window (30 days in place of 90)" in text
    assert "10.25" not in text


def test_only_who_may_look(sets: World) -> None:
    assert signed_in(sets.stranger).get(url(sets.ours, "weights/compare/")).status_code == 404
