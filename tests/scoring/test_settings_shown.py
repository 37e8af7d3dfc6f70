"""The settings page: what typed lines between bands would do, and when the next scoring is, before it is saved."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from engagement.insights.services import score
from engagement.scoring.formula import Bands
from engagement.scoring.selectors.banding import band_effect
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small
from tests.scoring.config import signed_in
from tests.scoring.pages import form_of, url, words


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def small(world: World) -> Small:
    """A hundred customers, number n with a score of n; the upper half is a segment with a mean of 75.5."""
    small = make_small(world.ours, weights={"buy": ("purchase", 1_000, None)}, full_points=100_000)
    add_customers(small, [(n, {"half": "upper" if n > 50 else "lower"}) for n in range(1, 101)])
    add_activity(small, [(n, "buy", AS_OF, n) for n in range(1, 101)])
    add_segments(small, "half", {name: {"trait": "half", "op": "is", "value": name} for name in ("lower", "upper")})
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)
    return small


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.admin)


def test_lines_are_inclusive_where_bands_are(small: Small) -> None:
    with organisation_scope(small.id, write=False):
        found = band_effect(organisation=small.organisation, after=Bands(76_000, 90_000))
    assert found is not None
    assert found.before == (69, 11, 20)  # below 70, 70 to 80 inclusive, above
    assert found.after == (75, 15, 10)
    assert found.n_moved == 6 + 10
    assert [(move.name, move.before, move.after) for move in found.segments] == [("Upper", "good", "poor")]


_THOUSANDTHS = st.integers(1, 100_000)


@given(lines=st.tuples(_THOUSANDTHS, _THOUSANDTHS).map(sorted))
def test_a_line_moves_whom_it_passes(lines: list[int]) -> None:
    scores = [n * 1000 for n in range(1, 101)]

    def codes(good: int, excellent: int) -> list[int]:
        return [2 if score > excellent else 1 if score >= good else 0 for score in scores]

    import numpy as np

    from engagement.scoring.selectors import banding

    found = banding._codes(np.array(scores) * 1000, Bands(*lines))
    assert found.tolist() == codes(*lines)


def test_typed_lines_are_shown_and_not_saved(small: Small, client: Client) -> None:
    address = url(small.organisation, "settings/")
    page = client.get(address)
    assert "Type another line to see" in words(page)
    assert "The next scoring is due" in words(page)
    typed = form_of(page, band_good="76", band_excellent="90", name_poor="Quiet", look="yes")
    said = words(client.post(address, typed))
    assert "16 of 100 customers would be in another band" in said
    assert "Quiet 69 75 +6" in said
    assert "Segments in another band: Upper: Good → Quiet." in said
    with organisation_scope(small.id, write=False):
        assert Organisation.objects.get(pk=small.id).band_good_thousandths == 70_000
    assert "every customer in the same band" in words(client.post(address, form_of(page, look="yes")))
    for good, excellent, problem in (
        ("90", "76", "The lower line lies above 0"),
        ("many", "76", "Give both lines as numbers"),
        ("0", "76", "The lower line lies above 0"),
    ):
        typed = form_of(page, band_good=good, band_excellent=excellent, look="yes")
        assert problem in words(client.post(address, typed))


def test_a_typed_schedule_is_said_in_words_and_not_saved(small: Small, client: Client) -> None:
    address = url(small.organisation, "settings/")
    page = client.get(address)
    typed = form_of(page, schedule="weekly", schedule_hour="23", time_zone="Asia/Tokyo", look="yes")
    said = words(client.post(address, typed))
    assert "As typed: The next scoring is due" in said
    assert "at 23:00 (Asia/Tokyo)" in said
    said = words(client.post(address, form_of(page, schedule="manual", look="yes")))
    assert "As typed: Nothing is scored by itself" in said
    said = words(client.post(address, form_of(page, schedule_hour="99", look="yes")))
    assert "(Asia/Tokyo)" not in said


def test_before_the_first_scoring_that_is_said(world: World, client: Client) -> None:
    address = url(world.ours, "settings/")
    page = client.get(address)
    assert "Nothing is scored until weights are published." in words(page)
    said = words(client.post(address, form_of(page, band_good="60", look="yes")))
    assert "shows after the first scoring" in said


def test_a_firm_has_neither(world: World) -> None:
    page = signed_in(world.admin).get(f"/o/{world.firm.slug}/settings/")
    assert "Show what it would do" not in words(page)


def test_saving_still_saves(small: Small, client: Client) -> None:
    address = url(small.organisation, "settings/")
    client.post(address, form_of(client.get(address), band_good="60"))
    with organisation_scope(small.id, write=False):
        assert Organisation.objects.get(pk=small.id).band_good_thousandths == 60_000
