"""From activity in the tables to what stands on the pages: the real selectors, checked against plain arithmetic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from engagement.insights.services import score, set_target
from tenants.models import User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small

BEFORE = date(2026, 1, 31)
WEIGHTS = {"visit": ("website", 1_000, None), "social": ("social", 5_000, None), "purchase": ("purchase", 10_000, None)}


@dataclass(frozen=True, slots=True)
class Story:
    """40 young, 60 older: ten young with 5 visits, a share and a purchase each, twenty older with one purchase."""

    world: World
    small: Small

    @property
    def slug(self) -> str:
        return self.small.organisation.slug


@pytest.fixture
def story(world: World) -> Story:
    small = make_small(world.ours, weights=WEIGHTS, full_points=10_000)
    people = [(n, {"age": "young"} if n <= 40 else {"age": "older"}) for n in range(1, 101)]
    add_customers(small, [*people, *((n, {}) for n in (101, 102, 103))])
    is_age = {"trait": "age", "op": "is"}
    add_segments(
        small,
        "age",
        {
            "young": {"all": [{**is_age, "value": "young"}]},
            "older": {"all": [{**is_age, "value": "older"}]},
            "no-age": {"all": [{"trait": "age", "op": "is_missing"}]},
        },
    )
    early = BEFORE - timedelta(days=3)
    add_activity(small, [(n, "purchase", early, 1) for n in range(41, 51)])
    add_activity(
        small,
        [
            row
            for n in range(1, 11)
            for row in ((n, "visit", AS_OF, 5), (n, "social", AS_OF, 1), (n, "purchase", AS_OF, 1))
        ],
    )
    add_activity(small, [(n, "purchase", AS_OF, 1) for n in range(51, 61)])
    return Story(world, small)


def _score(story: Story, day: date = AS_OF) -> None:
    score(organisation_id=story.small.id, as_of=day, cause="request", now=NOW)


def _get(who: User, address: str) -> Any:
    client = Client()
    client.force_login(who)
    return client.get(address)


def _text(response: Any) -> str:
    assert response.status_code == 200, response.content.decode()[:2000]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("&amp;", "&")


def test_before_the_first_run_every_page_says_what_is_missing(story: Story) -> None:
    viewer = story.world.viewer
    assert "No score yet" in _text(_get(viewer, f"/o/{story.slug}/"))
    assert "No customer has a score yet" in _text(_get(viewer, f"/o/{story.slug}/customers/"))
    assert _get(viewer, f"/o/{story.slug}/scorecard.csv").status_code == 404
    body = _get(viewer, f"/api/v1/organisations/{story.slug}/scorecard/").json()
    assert (body["run"], body["reason"]) == (None, "no score: nothing has been scored yet")
    text = _text(_get(story.world.consultant, f"/portfolio/{story.world.firm.slug}/"))
    assert "Two of your two clients need you" in text


def test_the_story_on_the_scorecard_and_in_the_api(story: Story) -> None:
    _score(story)
    text = _text(_get(story.world.viewer, f"/o/{story.slug}/"))
    assert "Engagement is at 29.1: 40.9 short of Good" in text
    assert "400 points ÷ 103 customers = 3.88" in text
    assert "fewer than 5 customers" in text
    body = _get(story.world.viewer, f"/api/v1/organisations/{story.slug}/scorecard/").json()
    total = body["total"]
    assert (total["total_points"], total["total_score"], total["score"]) == ("400", "3000", "29.126214")
    figures = {row["figures"]["segment"]: row["figures"] for row in body["sets"][0]["segments"]}
    assert {key: (row["customers"], row["score"], row["points_per_customer"]) for key, row in figures.items()} == {
        "young": (40, "25.000000", "5.000000"),
        "older": (60, "33.333333", "3.333333"),
        "no-age": (3, None, None),
    }
    assert (figures["young"]["actions_per_customer"], figures["young"]["active_share"]) == ("1.750000", "0.250000")


def test_the_page_and_the_api_say_the_same(story: Story) -> None:
    _score(story)
    viewer = story.world.viewer
    page = _text(_get(viewer, f"/o/{story.slug}/segments/young/"))
    body = _get(viewer, f"/api/v1/organisations/{story.slug}/segments/young/figures/").json()
    figures = body["segment"]["figures"]
    assert "young is at 25.0: 45.0 short of Good" in page.replace("Young", "young")
    assert "30 of 40 did nothing that counts (75.0 %); 10 of 40 are fully engaged (25.0 %)." in page
    assert sum(Fraction(part["points"]) for part in figures["actions"]) == Fraction(figures["total_points"]) == 200
    assert sum(map(Decimal, figures["points_per_customer_by_channel"].values())) == Decimal(5)
    assert body["distribution"]["silent"] == 30
    for part in ("5.00", "100.0 %", "c1", "All its customers"):
        assert part in page


def test_the_change_against_the_month_before_adds_up(story: Story) -> None:
    """In January ten older customers bought; by February ten young and ten more older ones did something too."""
    _score(story, BEFORE)
    _score(story)
    text = _text(_get(story.world.viewer, f"/o/{story.slug}/?as_of={AS_OF}&split=segment"))
    assert "Engagement rose by 19.4 to 29.1" in text
    assert "9.71 + 9.71 + 9.71 + 0.00 = 29.13." in text
    body = _get(story.world.viewer, f"/api/v1/organisations/{story.slug}/scorecard/").json()
    assert body["change"] == "19.417476"
    assert [each["as_of"] for each in body["trend"]] == ["2026-01-31", "2026-02-28"]
    points = _get(
        story.world.viewer, f"/api/v1/organisations/{story.slug}/scorecard/?from=2026-02-01&to=2026-02-28"
    ).json()["points"]
    assert [(each["as_of"], each["figures"]["score"]) for each in points] == [("2026-02-28", "29.126214")]


def test_a_day_that_was_not_scored_is_not_found(story: Story) -> None:
    _score(story)
    viewer = story.world.viewer
    for address in ("", "scorecard.csv", "segments/young/", "customers/", "customers/1/"):
        assert _get(viewer, f"/o/{story.slug}/{address}?as_of=2026-02-27").status_code == 404
        assert _get(viewer, f"/o/{story.slug}/{address}?as_of={AS_OF}").status_code == 200


def test_the_list_of_customers(story: Story) -> None:
    _score(story)
    viewer = story.world.viewer
    text = _text(_get(viewer, f"/o/{story.slug}/customers/"))
    assert "103 customers have a score" in text
    assert "Page 1 of 3" in text
    text = _text(_get(viewer, f"/o/{story.slug}/customers/?search=c10&order=number"))
    assert "5 customers fit what you asked for" in text
    text = _text(_get(viewer, f"/o/{story.slug}/customers/?segment=young"))
    assert "40 customers fit what you asked for" in text


def test_a_young_buyer_has_twenty_points(story: Story) -> None:
    _score(story)
    text = _text(_get(story.world.viewer, f"/o/{story.slug}/customers/1/"))
    assert "Customer c1 is fully engaged: 20 points, 2 times the full points" in text
    assert "20 ÷ 10 full points = 200 %, counted as 100 at most → score 100" in text
    silent = _text(_get(story.world.viewer, f"/o/{story.slug}/customers/40/"))
    assert "Customer c40 did nothing that counts in 90 days" in silent
    assert _get(story.world.viewer, f"/o/{story.slug}/customers/999/").status_code == 404
    body = _get(story.world.viewer, f"/api/v1/organisations/{story.slug}/customers/1/score/").json()
    assert (body["points"], body["rank"], body["of"]) == ("20", 1, 103)


def test_a_target_stands_on_every_page(story: Story) -> None:
    _score(story)
    with organisation_scope(story.small.id):
        set_target(
            organisation=story.small.organisation,
            segment_key="all",
            measure="score",
            value=Decimal(34),
            due_on=date(2026, 3, 31),
            owner=story.world.consultant,
            note="",
            user=story.world.consultant,
            now=NOW,
        )
    assert "4.9 below the target of 34 by 31 March 2026" in _text(_get(story.world.viewer, f"/o/{story.slug}/"))
    portfolio = _text(_get(story.world.consultant, f"/portfolio/{story.world.firm.slug}/"))
    assert "−4.9" in portfolio


def test_tables_as_files(story: Story) -> None:
    _score(story)
    lines = _get(story.world.viewer, f"/o/{story.slug}/scorecard.csv").content.decode().splitlines()
    assert [line.split(",")[:4] for line in lines[1:]] == [
        ["Age", "Young", "2026-02-28", "40"],
        ["Age", "Older", "2026-02-28", "60"],
        ["Age", "No-Age", "2026-02-28", "3"],
        ["", "All customers", "2026-02-28", "103"],
    ]
    assert lines[1].split(",")[6] == "25.000000"
    cells = lines[3].split(",")
    assert (set(cells[4:17]), cells[17]) == ({""}, "no score: fewer than 5 customers")
