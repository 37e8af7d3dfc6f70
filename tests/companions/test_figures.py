"""Figures of months from stored activity, worked out by hand; when a month is computed anew, and what is not known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from engagement.companions import services
from engagement.companions.models import CompanionMonth
from engagement.companions.types import CompanionFigures
from engagement.demo.beside import measure_beside
from engagement.scoring.models import Action
from engagement.scoring.services.packing import pack_closed_days
from tenants.scope import organisation_scope
from tests.companions.companion_world import (
    DECEMBER,
    FEBRUARY,
    JANUARY,
    NOVEMBER,
    OCTOBER,
    answered,
    figures,
    measured,
    scored,
    sell,
    shop_story,
)
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, add_customers


@pytest.fixture
def shop(world: World) -> Small:
    small = shop_story(world.ours)
    measured(small)
    assert services.compute(organisation_id=small.id, now=NOW) == 5
    return small


def test_december_by_hand(shop: Small) -> None:
    """Eight bought for 20.00, two of them once more for 10.00; all eight had bought in November."""
    found = figures(shop, DECEMBER)
    assert (found["repeat"].value, found["repeat"].n) == (Fraction(2, 8), 8)
    assert (found["churn"].value, found["churn"].n) == (0, 8)
    assert (found["order"].value, found["order"].n) == (Fraction(180, 10), 10)
    assert (found["revenue"].value, found["revenue"].n) == (Fraction(180, 12), 12)
    # Two months: 8 × 10.00 in November and 180.00 in December, a quarter of it margin, of twelve customers.
    assert found["value"].value == Fraction(260, 12) / 4


def test_january_churn_conversion_and_a_segment(shop: Small) -> None:
    """Of the eight of December 7 and 8 are gone; of five with a coupon 1, 2 and 9 bought in the same month."""
    found = figures(shop, JANUARY)
    assert (found["churn"].value, found["churn"].n) == (Fraction(2, 8), 8)
    assert (found["conversion"].value, found["conversion"].n) == (Fraction(3, 5), 5)
    gold = figures(shop, JANUARY, segment="gold")
    assert (gold["churn"].value, gold["churn"].n) == (0, 6)
    assert (gold["revenue"].value, gold["revenue"].n) == (Fraction(20), 6)


def test_few_and_unknown_say_so_and_are_no_zero(shop: Small) -> None:
    gold = figures(shop, JANUARY, segment="gold")["conversion"]
    assert (gold.value, gold.n) == (None, 2)
    assert "too few customers who took the first step: 2" in gold.reason
    october = figures(shop, OCTOBER)
    assert october["churn"].value is None
    assert "known from 1 October 2025 on" in october["churn"].reason
    assert october["revenue"].value == 10
    assert "no answers" in october["nps"].reason
    assert "acquisition and programme cost" in october["profit"].reason


def test_packed_days_say_the_same(shop: Small) -> None:
    before = {month: figures(shop, month) for month in (DECEMBER, JANUARY, FEBRUARY)}
    pack_closed_days(organisation_id=shop.id, now=NOW)
    with organisation_scope(shop.id):
        CompanionMonth.objects.all().delete()
    services.compute(organisation_id=shop.id, now=NOW)
    assert {month: figures(shop, month) for month in before} == before


def test_a_change_is_against_the_month_before_with_its_chance(shop: Small) -> None:
    """Churn 0 of 8, then 2 of 8: pooled 1/8, z = 0.25 ÷ √(7/64 · 2/8) = 1.512, two-sided 0.1306."""
    churn = figures(shop, JANUARY)["churn"]
    assert churn.change == Fraction(1, 4)
    assert churn.p == pytest.approx(0.1306, abs=1e-4)
    assert churn.is_unchanged is True


def test_nothing_is_computed_twice(shop: Small) -> None:
    assert services.compute(organisation_id=shop.id, now=NOW) == 0


def test_a_day_scored_again_with_late_sales_computes_its_month_anew(shop: Small) -> None:
    sell(shop, [(12, date(2025, 12, 30), 12_000)])
    assert services.compute(organisation_id=shop.id, now=NOW) == 0, (
        "bound to the run: nothing moves before it is scored"
    )
    scored(shop, DECEMBER)
    assert services.compute(organisation_id=shop.id, now=NOW) == 1
    assert figures(shop, DECEMBER)["revenue"].value == Fraction(300, 12)


def test_other_settings_compute_everything_anew(shop: Small) -> None:
    measured(shop, churn_days=20)
    assert services.compute(organisation_id=shop.id, now=NOW) == 5
    # Since 11 December 1 and 2 had bought, on the 20th; since 11 January nobody had.
    assert (figures(shop, JANUARY)["churn"].value, figures(shop, JANUARY)["churn"].n) == (None, 2)


def test_answers_count_for_their_segment_and_move_their_month_alone(shop: Small) -> None:
    """All: 10, 9, 8, 6 and 10 of nobody: 3 promoters, 1 detractor of 5 = 40. Gold has 10, 9 and 8."""
    answered(shop, [(date(2026, 1, 3), 1, 10), (date(2026, 1, 4), 2, 9), (JANUARY, 3, 8), (JANUARY, 9, 6)])
    answered(shop, [(date(2026, 1, 8), None, 10)])
    answered(shop, [(date(2026, 1, 8), 999, 0)])  # nobody who is scored
    assert services.compute(organisation_id=shop.id, now=NOW) == 1
    nps = figures(shop, JANUARY)["nps"]
    assert (nps.value, nps.n) == (40, 5)
    # Sample variance of 100, 100, 0, −100, 100 is 8,000; √(8,000 ÷ 5) = 40; t with 4 degrees 2.776: ± 111.1.
    assert (nps.low, nps.high) == (pytest.approx(-71.06, abs=0.01), 100)
    gold = figures(shop, JANUARY, segment="gold")["nps"]
    assert (gold.value, gold.n) == (None, 3)


def test_merged_customers_count_for_whom_they_were_merged_into(shop: Small) -> None:
    add_customers(shop, [(40, {})], identified=False, merged_into=12)
    sell(shop, [(40, date(2026, 2, 2), 6_000)])
    scored(shop, FEBRUARY)
    services.compute(organisation_id=shop.id, now=NOW)
    found = figures(shop, FEBRUARY)["revenue"]
    assert (found.value, found.n) == (Fraction(60 + 60, 12), 12)


def test_conversion_within_days_reaches_into_the_next_month(shop: Small) -> None:
    """A coupon on 1 January, sales on 5 January of 1 and 2 and on 9 January of 9: within five days 2, within eight
    3."""
    for days, won in ((5, 2), (8, 3)):
        measured(shop, conversion_days=days)
        services.compute(organisation_id=shop.id, now=NOW)
        assert figures(shop, JANUARY)["conversion"].value == Fraction(won, 5)
    sell(shop, [(n, date(2026, 1, 31), 0) for n in range(1, 7)], action="coupon")
    scored(shop, JANUARY)
    measured(shop, conversion_days=9)  # 9 February is the ninth day: 1 to 6 buy on it
    services.compute(organisation_id=shop.id, now=NOW)
    assert figures(shop, JANUARY)["conversion"].value == Fraction(7, 9)
    measured(shop, conversion_days=8)
    services.compute(organisation_id=shop.id, now=NOW)
    assert figures(shop, JANUARY)["conversion"].value == Fraction(3, 9)


def test_a_month_whose_customers_still_have_days_left_is_not_final(shop: Small) -> None:
    measured(shop, conversion_days=30)
    services.compute(organisation_id=shop.id, now=NOW)
    with organisation_scope(shop.id):
        final = dict(CompanionMonth.objects.values_list("month", "is_final"))
    assert final == {OCTOBER: True, NOVEMBER: True, DECEMBER: True, JANUARY: False, FEBRUARY: False}


def test_profit_needs_both_costs_and_return_what_was_spent(shop: Small, world: World) -> None:
    """January: 219.00 revenue, a quarter margin = 54.75; 30.00 acquisition, 0 programme: 24.75 ÷ 12 and ÷ 30."""
    with organisation_scope(shop.id):
        for kind, amount in (("acquisition", "30"), ("programme", "0")):
            services.enter_money(
                organisation=world.ours, month=JANUARY, kind=kind, segment_key="all", amount=Decimal(amount),
                note="ledger", user=None, now=NOW,
            )  # fmt: skip
    found = figures(shop, JANUARY)
    assert found["profit"].value == Fraction("24.75") / 12
    assert found["return"].value == Fraction("24.75") / 30
    assert _width(found["profit"]) == pytest.approx(_width(found["revenue"]) / 4)
    assert figures(shop, JANUARY, segment="gold")["profit"].value is None, (
        "costs of everybody are nobody's in particular"
    )


def _width(one: CompanionFigures) -> float:
    assert one.low is not None
    assert one.high is not None
    return one.high - one.low


def test_new_customers_have_a_cost(shop: Small, world: World) -> None:
    """All twelve were first seen in October."""
    measured(shop, counts_new_customers=True)
    with organisation_scope(shop.id):
        services.enter_money(
            organisation=world.ours, month=OCTOBER, kind="acquisition", segment_key="all", amount=Decimal(60), note="",
            user=None, now=NOW,
        )  # fmt: skip
    services.compute(organisation_id=shop.id, now=NOW)
    found = figures(shop, OCTOBER)["acquisition"]
    assert (found.value, found.n) == (5, 12)
    assert figures(shop, NOVEMBER)["acquisition"].value is None


def test_values_ahead(shop: Small) -> None:
    """January: 219.00 ÷ 12 a quarter of it, churn 1/4, two months: 4.5625 · (0.75 + 0.5625)."""
    assert float(figures(shop, JANUARY)["ahead"].value or 0) == pytest.approx(4.5625 * (0.75 + 0.5625))
    assert np.isclose(float(figures(shop, DECEMBER)["ahead"].value or 0), 3.75 * 2)


def test_a_sample_takes_the_proposal_as_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sales are purchases and revenue, a coupon is the step before: as the demo does it for its samples."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    small = shop_story(world.ours)
    with organisation_scope(small.id):
        Action.objects.exclude(key__startswith="t-").update(archived_at=NOW)
    assert measure_beside(small.id) == 5
    found = figures(small, JANUARY)
    assert (found["churn"].value, found["conversion"].value) == (Fraction(1, 4), Fraction(3, 5))
    assert found["revenue"].value == Fraction(219, 12)
