"""By what tables are sorted, what has no place in an order, and that a file keeps the order of its page."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from engagement.insights.selectors import progress
from engagement.insights.services import score
from engagement.insights.types import SegmentRow
from engagement.look.sorting import Order, order_asked
from engagement.scorecards.present.ordering import SEGMENT_COLUMNS, clients_in_order, segments_in_order
from tenants.models import User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small
from tests.isolation.limited_world import make_scored, to_gold
from tests.scorecards import made

WEIGHTS = {"visit": ("website", 1_000, None)}


def _asked(text: str) -> Order | None:
    return order_asked(text, columns=SEGMENT_COLUMNS)


# ── segments ─────────────────────────────────────────────────────────────────────────────────────────────────


def _row(key: str, score_text: str | None, *, n: int, is_banded: bool = True, is_missing: bool = False) -> SegmentRow:
    row = made.row(key, key, score_text, n=n)
    figures = replace(row.figures, is_missing_data=is_missing, band=row.figures.band if is_banded else None)
    return replace(row, figures=figures)


ROWS = (
    _row("unknown", "99", n=900, is_missing=True),
    _row("mid", "70", n=100),
    _row("small", "95", n=12, is_banded=False),
    _row("low", "40", n=400),
    _row("also-mid", "70", n=50),
    _row("high", "90", n=60),
)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", "mid small low also-mid high unknown"),
        ("score", "low mid also-mid high small unknown"),
        ("-score", "high mid also-mid low small unknown"),
        ("name", "also-mid high low mid small unknown"),
        ("-name", "small mid low high also-mid unknown"),
        ("customers", "small also-mid high mid low unknown"),
        ("-customers", "low mid high also-mid small unknown"),
    ],
)
def test_missing_data_is_last_and_what_has_no_band_has_no_rank(text: str, keys: str) -> None:
    assert [row.figures.segment_key for row in segments_in_order(ROWS, order=_asked(text))] == keys.split()


def test_control_a_score_alone_would_rank_the_small_one_first() -> None:
    assert max(ROWS[1:], key=lambda row: row.figures.score or 0).figures.segment_key == "small"


@pytest.fixture
def small(world: World) -> Small:
    """A set of four: two large segments, one of 12 customers, and those without the trait."""
    small = make_small(world.ours, weights=WEIGHTS, full_points=10_000)
    plans = {"alpha": range(1, 41), "beta": range(41, 81), "tiny": range(81, 93)}
    add_customers(small, [(n, {"plan": plan}) for plan, numbers in plans.items() for n in numbers])
    add_customers(small, [(n, {}) for n in range(93, 133)])
    is_plan = {"trait": "plan", "op": "is"}
    add_segments(small, "plan", {plan: {"all": [{**is_plan, "value": plan}]} for plan in plans})
    visits = {1: 2, 41: 5, 81: 9, 93: 10}  # alpha, beta, tiny, nobody's
    add_activity(small, [
        (n, "visit", AS_OF, visits[first]) for first, last in ((1, 41), (41, 81), (81, 93), (93, 133))
        for n in range(first, last)
    ])  # fmt: skip
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)
    return small


def _get(who: User, address: str) -> Any:
    client = Client()
    client.force_login(who)
    return client.get(address)


def _linked(response: Any, kind: str) -> list[str]:
    body = response.content.decode().partition('id="h-seg"')[2] or response.content.decode()
    return list(dict.fromkeys(re.findall(rf'<th scope="row"><a href="/o/[\w-]+/{kind}/([\w-]+)/', body)))


@pytest.mark.parametrize(
    ("text", "keys"), [("-score", ["beta", "alpha", "tiny"]), ("score", ["alpha", "beta", "tiny"])]
)
def test_a_file_keeps_the_order_of_its_page(world: World, small: Small, text: str, keys: list[str]) -> None:
    address = f"/o/{world.ours.slug}/"
    page = _get(world.viewer, f"{address}?sort={text}")
    assert _linked(page, "segments") == keys
    html = page.content.decode()
    head = re.search(r'<th scope="col"[^>]*aria-sort="(\w+)"><a class="sort" href="[^"]*#h-seg">(\w+)</a>', html)
    assert head is not None
    assert head.groups() == ("descending" if text.startswith("-") else "ascending", "Score")
    found = re.search(r'href="(/o/[^"]+scorecard\.csv\?[^"]*table=segments)"', html)
    assert found is not None
    file = _get(world.viewer, found[1].replace("&amp;", "&"))
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert [row["Segment"].lower() for row in rows] == [*keys, "all customers"]


def test_a_column_that_there_is_not_is_refused(world: World, small: Small) -> None:
    client = f"/o/{world.ours.slug}"
    for address in (
        f"{client}/?sort=level", f"{client}/runs/?sort=state", f"{client}/scorecard.csv?sort=-",
        f"/portfolio/{world.firm.slug}/?sort=score",
    ):  # fmt: skip
        response = _get(world.consultant, address)
        assert response.status_code == 400, address
        assert "Sort by one of" in response.content.decode()


def test_a_limited_viewers_segments_are_sorted_too(world: World) -> None:
    small = make_scored(world.ours)
    client = to_gold(small)
    assert client.get(f"/o/{world.ours.slug}/?sort=-score").status_code == 200
    assert client.get(f"/o/{world.ours.slug}/scorecard.csv?sort=name").status_code == 200


# ── customers, runs, clients ─────────────────────────────────────────────────────────────────────────────────


def test_customers_by_their_heads(world: World, small: Small) -> None:
    address = f"/o/{world.ours.slug}/customers/"
    first = _get(world.viewer, f"{address}?order=points&segment=tiny")
    assert 'aria-sort="ascending"><a class="sort" href="?segment=tiny">Points</a>' in first.content.decode()
    assert _linked(first, "customers")[0] == "81"
    assert _linked(_get(world.viewer, f"{address}?order=-number"), "customers")[:2] == ["132", "131"]
    assert _linked(_get(world.viewer, f"{address}?order=-score"), "customers")[0] == "93"


def test_runs_by_their_heads_what_has_no_value_last(world: World, small: Small) -> None:
    for days_back in (3, 9):
        score(organisation_id=small.id, as_of=AS_OF.replace(day=28 - days_back), cause="request", now=NOW)

    def days(order: Order | None) -> list[int]:
        with organisation_scope(small.id, write=False):
            lines = progress.runs_page(organisation=world.ours, page="1", now=NOW, order=order).lines
        return [line.as_of.day for line in lines]

    assert days(None) == [19, 25, 28]
    assert days(Order("day", is_descending=True)) == [28, 25, 19]
    assert days(Order("day")) == [19, 25, 28]
    for column in progress.RUN_COLUMNS:
        assert sorted(days(Order(column))) == [19, 25, 28]
    html = _get(world.viewer, f"/o/{world.ours.slug}/runs/?sort=-day").content.decode()
    assert 'aria-sort="descending"><a class="sort" href="?">Day</a>' in html


def test_clients_by_name_target_and_last_event_never_by_level() -> None:
    lines = [
        replace(made.client("Zeta"), stale_days=None, target=None),
        replace(made.client("Alpha"), stale_days=9, target=None),
        replace(made.client("Mid"), stale_days=0, target=None),
    ]

    def names(order: Order) -> list[str]:
        return [line.name for line in clients_in_order(lines, order=order)]

    assert names(Order("name")) == ["Alpha", "Mid", "Zeta"]
    assert names(Order("last_event")) == ["Mid", "Alpha", "Zeta"]
    assert names(Order("last_event", is_descending=True)) == ["Alpha", "Mid", "Zeta"]
    assert names(Order("to_target")) == ["Zeta", "Alpha", "Mid"]
