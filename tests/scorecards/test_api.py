"""The API of this step with hand-made figures: exact decimals, nulls where a page shows nothing, field errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.insights import selectors
from tenants.models import User
from tests.conftest import World
from tests.scorecards import made


@pytest.fixture
def given(world: World) -> Iterator[dict[str, Any]]:
    answers: dict[str, Any] = {
        "scorecard": made.scorecard(),
        "scorecard_points": (made.point(made.DAY, "68.928716"),),
        "segment_figures": (
            made.row("older", "45–54", "94.4444", n=700, change="-1.2", adds="-1/3"),
            made.run(),
            made.scorecard().trend,
            made.spread(),
            made.comparison(),
        ),
        "customer_card": made.card(),
        "asked": {},
    }

    def answer(name: str) -> Any:
        def selector(**asked: Any) -> Any:
            answers["asked"][name] = asked
            return answers[name]

        return selector

    with patch.multiple(selectors, **{name: answer(name) for name in answers if name != "asked"}):
        yield answers


def _get(who: User, address: str) -> Any:
    client = Client()
    client.force_login(who)
    return client.get(f"/api/v1/organisations/{address}")


def test_every_number_of_the_scorecard(world: World, given: dict[str, Any]) -> None:
    answer = _get(world.viewer, f"{world.ours.slug}/scorecard/")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["organisation"], body["reason"], body["change"], body["points"]) == (
        world.ours.slug, None, "0.160000", [],
    )  # fmt: skip
    total = body["total"]
    assert {name: total[name] for name in total if name != "actions"} == {
        "segment": "all",
        "name": "All customers",
        "is_missing_data": False,
        "as_of": "2017-12-31",
        "customers": 2469,
        "reason": None,
        "score": "68.928716",
        "half_width_95": "1.420000",
        "standard_error": None,
        "low_95": "67.508716",
        "high_95": "70.348716",
        "band": "poor",
        "band_reason": None,
        "chance_of_another_band_percent": None,
        "likeliest_other_band": None,
        "median_score": "100.000000",
        "total_score": "170184.999804",
        "total_points": "199966",
        "total_occurrences": "41411",
        "points_per_customer": "80.990684",
        "points_per_customer_half_width_95": None,
        "actions_per_customer": "16.772377",
        "actions_per_active_customer": "17.674349",
        "active_customers": 2343,
        "active_share": "0.948967",
        "multi_channel_customers": 1221,
        "multi_channel_share": "0.494532",
        "customers_by_band": {"poor": 1043, "good": 105, "excellent": 1321},
        "parts": [],
        "points_per_customer_by_channel": {"purchase": "77.207371", "app": "2.802754", "email": "0.980559"},
    }
    assert total["actions"][1] == {
        "key": "coupon", "name": "Coupon", "channel": "app", "weight": "8", "cap": None, "occurrences": "865",
        "points": "6920", "customers": 400, "points_per_customer": "2.802754",
    }  # fmt: skip
    assert body["run"]["full_points"] == "60"
    assert body["run"]["weight_set"] == 2
    assert body["industry_range"] == {"low": 65, "high": 90, "note": "indicative, unsourced"}
    assert [(each["key"], each["is_partition"], len(each["segments"])) for each in body["sets"]] == [
        ("age", True, 3), ("household", False, 1),
    ]  # fmt: skip
    assert body["sets"][0]["segments"][0]["adds_to_total"] == "-0.340000"
    assert [(each["as_of"], each["weight_set"], each["finished"]) for each in body["trend"]] == [
        ("2017-10-31", 1, True), ("2017-11-30", 2, True), ("2017-12-31", 2, True),
    ]  # fmt: skip
    assert body["targets"] == [
        {
            "id": "01890000-0000-7000-8000-000000000001", "segment": "all", "segment_name": "All customers",
            "measure": "score", "value": "75", "due_on": "2018-06-30", "owner": "Cora", "current": "68.928716",
            "gap": "-6.071284", "note": "", "start_value": None, "start_as_of": None, "start_run": None,
            "outlook": None,
        }
    ]  # fmt: skip


def test_nothing_is_scored_yet(world: World, given: dict[str, Any]) -> None:
    given["scorecard"] = None
    assert _get(world.viewer, f"{world.ours.slug}/scorecard/").json() == {
        "organisation": world.ours.slug,
        "reason": "no score: nothing has been scored yet",
        "run": None,
        "total": None,
        "compared": None,
        "previous": None,
        "change": None,
        "change_error": None,
        "comparison": None,
        "sets": [],
        "trend": [],
        "targets": [],
        "periods": [],
        "industry_range": None,
        "points": [],
    }


def test_too_few_customers_have_their_count_and_nothing_else(world: World, given: dict[str, Any]) -> None:
    few = made.row("tiny", "Tiny", None, n=3, adds="0.2")
    given["segment_figures"] = (few, made.run(), (), made.spread(), made.comparison())
    body = _get(world.viewer, f"{world.ours.slug}/segments/tiny/figures/").json()
    figures = body["segment"]["figures"]
    assert (figures["customers"], figures["reason"]) == (3, "no score: fewer than 5 customers")
    known = {"segment", "name", "is_missing_data", "as_of", "customers", "reason", "band_reason"}
    assert {name: value for name, value in figures.items() if name not in known and value not in (None, [], {})} == {}
    assert (body["segment"]["adds_to_total"], body["distribution"]) == (None, None)


def test_days_between_two_days(world: World, given: dict[str, Any]) -> None:
    body = _get(world.viewer, f"{world.ours.slug}/scorecard/?from=2017-11-01&to=2017-12-31").json()
    assert [each["figures"]["score"] for each in body["points"]] == ["68.928716"]
    asked = given["asked"]["scorecard_points"]
    assert (asked["first"], asked["last"]) == (date(2017, 11, 1), date(2017, 12, 31))
    _get(world.viewer, f"{world.ours.slug}/scorecard/?to=2017-12-31")
    assert given["asked"]["scorecard_points"]["first"] == date(2016, 12, 30)
    _get(world.viewer, f"{world.ours.slug}/scorecard/?as_of=2017-11-30")
    assert given["asked"]["scorecard"]["as_of"] == date(2017, 11, 30)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("as_of=yesterday", "as_of"),
        ("as_of=2017-02-30", "as_of"),
        ("from=x&to=2017-12-31", "from"),
        ("from=2017-12-31&to=2017-12-30", "to"),
    ],
)
def test_what_is_no_day_is_a_field_error(world: World, given: dict[str, Any], query: str, field: str) -> None:
    answer = _get(world.viewer, f"{world.ours.slug}/scorecard/?{query}")
    assert answer.status_code == 400
    body = answer.json()
    assert (body["code"], list(body["fields"])) == ("invalid", [field])
    assert given["asked"] == {}


def test_a_segment(world: World, given: dict[str, Any]) -> None:
    body = _get(world.viewer, f"{world.ours.slug}/segments/older/figures/?as_of=2017-12-31").json()
    assert (body["segment"]["change"], body["segment"]["adds_to_total"]) == ("-1.200000", "-0.333333")
    assert body["distribution"] == {
        "bins": [126, 100, 90, 80, 70, 60, 50, 40, 30, 23, 1800], "silent": 126, "full": 1800,
    }  # fmt: skip
    assert given["asked"]["segment_figures"]["segment_key"] == "older"


def test_a_customer(world: World, given: dict[str, Any]) -> None:
    body = _get(world.viewer, f"{world.ours.slug}/customers/1795/score/").json()
    assert (body["points"], body["score"], body["band"], body["rank"], body["of"]) == (
        "963", "100.000000", "excellent", 1, 2469,
    )  # fmt: skip
    assert sum(Fraction(line["points"]) for line in body["actions"]) == Fraction(body["points"])
    assert body["segments"] == ["all", "older"]
    assert body["history"][1] == {"as_of": "2017-11-30", "points": "1029"}
    given["customer_card"] = made.card(in_run=False, points=None, score=None, band=None, rank=None, lines=())
    body = _get(world.viewer, f"{world.ours.slug}/customers/1795/score/").json()
    assert (body["in_run"], body["points"], body["score"], body["actions"]) == (False, None, None, [])


def test_half_life_sums_keep_every_decimal(world: World, given: dict[str, Any]) -> None:
    decayed = replace(made.receipt_line("Visit", "1", "1"), points=Fraction(123_456_789, 10**9))
    given["customer_card"] = made.card(lines=(decayed,), points=decayed.points)
    body = _get(world.viewer, f"{world.ours.slug}/customers/1795/score/").json()
    assert body["points"] == "0.123456789"


ACTIONS = ("scorecard/", "segments/older/figures/", "customers/7/score/")


@pytest.mark.parametrize("action", ACTIONS)
def test_strangers_find_nothing_and_nobody_is_refused(world: World, given: dict[str, Any], action: str) -> None:
    assert _get(world.stranger, f"{world.ours.slug}/{action}").json()["code"] == "not_found"
    assert _get(world.viewer, f"{world.other.slug}/{action}").status_code == 404
    assert _get(world.admin, f"{world.firm.slug}/{action}").status_code == 404
    answer = Client().get(f"/api/v1/organisations/{world.ours.slug}/{action}")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert given["asked"] == {}
