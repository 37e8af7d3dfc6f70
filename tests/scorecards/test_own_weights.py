"""Which weights scored whom, on pages and in the API: from the stored parts of a run; nothing where there are none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from html import unescape
from typing import Any

import pytest
from django.test import Client

from engagement.insights.models import SnapshotPart
from engagement.insights.part_types import OwnWeights, ScoredPart
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.selectors.parts import own_weights_used, parts_of_run
from engagement.insights.services import score
from engagement.scorecards.downloads import actions_table
from engagement.scorecards.present.parts import action_table
from engagement.scorecards.words.calculation import calculation, provenance, run_words
from engagement.scorecards.words.parts import scored_with
from engagement.scoring.models import Action, OverrideWeight, ScoreRun, Segment, WeightOverride, WeightSet
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small
from tests.scorecards import made

WEIGHTS = {"visit": ("website", 1_000, None), "purchase": ("purchase", 10_000, 3)}
# Customers by segment: with the set's own numbers, and with those of young.
PARTS = {"all": (63, 40), "older": (60, 0), "young": (0, 40), "big": (50, 4)}


@pytest.fixture
def small(world: World) -> Small:
    """40 young and 60 older customers, three of no age; a visit is worth 2 to the young, and full points 40."""
    found = make_small(world.ours, weights=WEIGHTS, full_points=10_000)
    ages = [
        (n, {"age": "young" if n <= 40 else "older", "size": "big" if 37 <= n <= 90 else ""}) for n in range(1, 101)
    ]
    add_customers(found, [*ages, *((n, {}) for n in (101, 102, 103))])
    add_activity(found, [(n, "visit", AS_OF, 5) for n in range(1, 61)])
    rules = {age: {"all": [{"trait": "age", "op": "is", "value": age}]} for age in ("young", "older")}
    add_segments(found, "age", rules | {"no-age": {"all": [{"trait": "age", "op": "is_missing"}]}})
    add_segments(found, "size", {"big": {"all": [{"trait": "size", "op": "is", "value": "big"}]}}, partition=False)
    return found


def _own_weights(small: Small) -> None:
    with organisation_scope(small.id):
        override = WeightOverride.objects.create(
            organisation=small.organisation,
            weight_set=WeightSet.objects.get(state="published"),
            segment=small.segments["young"],
            full_points_thousandths=40_000,
        )
        for key, weight, cap in (("t-visit", 2_000, 7), ("t-purchase", 10_000, 3)):
            OverrideWeight.objects.create(
                organisation=small.organisation, override=override, action=Action.objects.get(key=key),
                weight_thousandths=weight, cap=cap,
            )  # fmt: skip


def _scored(small: Small, parts: Mapping[str, tuple[int, int]] = PARTS) -> ScoreRun:
    """A run with own weights, and its parts as given: 2 points and a score of 50 for everybody."""
    _own_weights(small)
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)
    with organisation_scope(small.id):
        run = ScoreRun.objects.get()
        SnapshotPart.objects.all().delete()
        for key, numbers in parts.items():
            for n, own in zip(numbers, (None, small.segments["young"]), strict=True):
                SnapshotPart.objects.create(
                    organisation=small.organisation, run=run, weight_set=run.weight_set, override_of=own,
                    segment=Segment.objects.get(key=key), n=n, n_active=n, sum_points=2_000 * n, points_scale=1,
                    sum_score_millionths=50_000_000 * n, n_poor=n, n_good=0, n_excellent=0,
                )  # fmt: skip
        return run


def _get(who: User, address: str) -> Any:
    client = Client()
    client.force_login(who)
    return client.get(address)


def _text(who: User, organisation: Organisation, path: str) -> str:
    answer = _get(who, f"/o/{organisation.slug}/{path}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


# ── the selector ─────────────────────────────────────────────────────────────────────────────────────────────


def test_parts_are_read_with_what_the_run_used(small: Small) -> None:
    run = _scored(small)
    own = OwnWeights(
        segment_key="young", segment_name="Young", full_points=Decimal(40),
        weights=(Decimal(2), Decimal(10)), caps=(7, 3),
    )  # fmt: skip
    with organisation_scope(small.id, write=False):
        # As the run knew it: another name changes nothing.
        assert own_weights_used(uses=run.uses) == (own,)
        parts = parts_of_run(run=run, minimum_n=5)
    of_set, of_young = parts["all"]
    assert (of_set.own, of_set.weight_set_number, of_set.n) == (None, 50, 63)
    assert of_young == ScoredPart(
        weight_set_number=50, own=own, n=40, n_active=40, total_points=Fraction(80), total_score=Fraction(2000),
        band_counts=(40, 0, 0), score=Fraction(50), points_per_customer=Fraction(2),
    )  # fmt: skip
    assert {key: [part.n for part in found] for key, found in parts.items()} == {
        "all": [63, 40], "older": [60], "young": [40], "big": [50, 4],
    }  # fmt: skip
    small_part = parts["big"][1]
    assert (small_part.score, small_part.points_per_customer) == (None, None)


def test_it_takes_one_query_and_none_without_own_weights(small: Small, django_assert_num_queries: Any) -> None:
    run = _scored(small)
    with organisation_scope(small.id, write=False), django_assert_num_queries(1):
        assert list(parts_of_run(run=run, minimum_n=5, segment_keys=["young"])) == ["young"]
    run.uses = {**run.uses, "overrides": []}
    with organisation_scope(small.id, write=False), django_assert_num_queries(0):
        assert parts_of_run(run=run, minimum_n=5) == {}
    del run.uses["overrides"]  # a run of before there were any
    with organisation_scope(small.id, write=False), django_assert_num_queries(0):
        assert parts_of_run(run=run, minimum_n=5) == {}


def test_actions_are_worth_what_scored_the_segment(small: Small, world: World) -> None:
    run = _scored(small)
    with organisation_scope(small.id, write=False):
        found = figures_of_run(run=run, minimum=Minimum.of(world.ours))
    worth = {key: [(action.weight, action.cap) for action in one.actions] for key, one in found.items()}
    set_own = [(Decimal(1), None), (Decimal(10), 3)]
    assert worth["young"] == [(Decimal(2), 7), (Decimal(10), 3)]
    assert worth["older"] == worth["all"] == worth["big"] == worth["no-age"] == set_own


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────

OWN = OwnWeights(
    segment_key="wholesale", segment_name="Wholesale", full_points=Decimal(40),
    weights=(Decimal(5), Decimal("0.5"), Decimal(1)), caps=(None, 2, None),
)  # fmt: skip


def _part(n: int, own: OwnWeights | None) -> ScoredPart:
    return ScoredPart(
        weight_set_number=2, own=own, n=n, n_active=n, total_points=Fraction(n), total_score=Fraction(n),
        band_counts=(n, 0, 0), score=None, points_per_customer=None,
    )  # fmt: skip


MIXED = replace(made.figures(), parts=(_part(2449, None), _part(20, OWN)))


def test_words_for_several_for_one_and_for_none() -> None:
    terms = made.terms()
    retail = replace(OWN, segment_key="retail", segment_name="Retail")
    several = replace(MIXED, parts=(_part(1, OWN), _part(20, retail)))
    last = "Scores made with different weights are less comparable."
    wanted = [
        (MIXED, f"2,449 customers by set 2, 20 by own weights of Wholesale. {last}"),
        (several, f"1 customer by own weights of Wholesale, 20 by own weights of Retail. {last}"),
        (replace(MIXED, parts=(_part(2469, OWN),)), f"Scored with own weights of Wholesale. {last}"),
        (replace(MIXED, parts=(_part(2469, None),)), ""),
        (made.figures(), ""),
    ]
    for figures, text in wanted:
        assert scored_with(figures=figures, terms=terms) == text


def test_the_calculation_names_each_set_of_weights() -> None:
    lines = calculation(figures=MIXED, run=made.run(), terms=made.terms())
    assert "÷ the full points they are scored with" in lines[0]
    assert lines[1].startswith("2,449 customers by set 2, full points 60. Points for one occurrence: Purchase 5;")
    assert lines[2] == (
        "20 customers by own weights of Wholesale, full points 40. Points for one occurrence: Purchase 5; Coupon 0.5, "
        "at most 2 count; Campaign 1."
    )
    whole = calculation(figures=replace(MIXED, parts=(_part(2469, OWN),)), run=made.run(), terms=made.terms())
    assert "÷ full points 40" in whole[0]
    assert "Weight set 2, own weights of Wholesale ·" in whole[-1]
    plain = calculation(figures=made.figures(), run=made.run(), terms=made.terms())
    assert "÷ full points 60" in plain[0]
    assert "own weights" not in " ".join(plain)


def test_the_last_line_of_a_provenance_says_it_too() -> None:
    run, terms = made.run(), made.terms()
    assert "2,449 customers by set 2" in provenance(figures=MIXED, run=run, terms=terms)
    assert provenance(figures=made.figures(), run=run, terms=terms) == run_words(run=run, terms=terms)
    assert run_words(run=run, terms=terms, own="Wholesale").startswith("Weight set 2, own weights of Wholesale · 90")


def test_a_weight_that_is_not_everybodys_is_not_printed_as_if_it_were() -> None:
    table = action_table(figures=MIXED, terms=made.terms())
    assert table is not None
    assert [line.weight for line in table.lines] == ["5", "several", "1"]
    rows = actions_table(MIXED).rows
    assert [(row[2], row[3]) for row in rows] == [(Decimal(5), None), (None, None), (Decimal(1), None)]


# ── pages and API ────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_say_which_weights_scored_whom(world: World, small: Small) -> None:
    _scored(small)
    text = _text(world.viewer, world.ours, "")
    assert "63 customers by set 50, 40 by own weights of Young." in text
    assert re.search(r"Young own weights 40", text)
    assert not re.search(r"Older own weights", text)
    assert "“Own weights”: its customers are scored with weights of their own." in text
    young = _text(world.viewer, world.ours, "segments/young/")
    assert "Scored with own weights of Young." in young
    assert "Weight set 50, own weights of Young ·" in young
    assert "÷ full points 40" in young
    assert "50 customers by set 50, 4 by own weights of Young." in _text(world.viewer, world.ours, "segments/big/")
    assert "own weights" not in _text(world.viewer, world.ours, "segments/older/").lower()


def test_the_page_of_a_run_lists_what_it_used(world: World, small: Small) -> None:
    run = _scored(small)
    text = _text(world.viewer, world.ours, f"runs/{run.number}/")
    assert "Young 40 Visit 2, at most 7; Purchase 10, at most 3" in text


def test_without_own_weights_no_page_speaks_of_them(world: World, small: Small) -> None:
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)
    for path in ("", "segments/young/", "runs/1/"):
        assert "own weights" not in _text(world.viewer, world.ours, path).lower()


def test_the_api_gives_the_parts(world: World, small: Small) -> None:
    run = _scored(small)
    base = f"/api/v1/organisations/{world.ours.slug}/"
    body = _get(world.viewer, f"{base}scorecard/").json()
    assert body["total"]["parts"] == [
        {"weight_set": 50, "own_weights_of": None, "customers": 63, "score": "50.000000",
         "points_per_customer": "2.000000"},
        {"weight_set": 50, "own_weights_of": "young", "customers": 40, "score": "50.000000",
         "points_per_customer": "2.000000"},
    ]  # fmt: skip
    [line] = [row for row in body["sets"][1]["segments"] if row["figures"]["segment"] == "big"]
    assert line["figures"]["parts"][1]["score"] is None
    answer = _get(world.viewer, f"{base}segments/older/figures/")
    assert [part["own_weights_of"] for part in answer.json()["segment"]["figures"]["parts"]] == [None]
    told = _get(world.viewer, f"{base}runs/{run.number}/").json()
    assert [part["customers"] for part in told["figures"][0]["parts"]] == [63, 40]
    assert told["overrides"] == [
        {"segment": "young", "name": "Young", "full_points": "40", "weights": ["2", "10"], "caps": [7, 3]}
    ]  # fmt: skip
    assert _get(world.stranger, f"{base}scorecard/").status_code == 404
