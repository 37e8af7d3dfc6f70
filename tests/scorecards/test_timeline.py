"""A customer's timeline: days that add up to the parts, pages without gaps, and who may see whose."""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from engagement.ingest.models import Customer
from engagement.insights.day_types import CustomerDays
from engagement.insights.selectors import customer_card
from engagement.insights.selectors.customer_days import PAGE_DAYS, customer_days, page_before, whole_timeline
from engagement.insights.services import score
from engagement.scoring.models import ActivityBlock
from engagement.scoring.services.packing import pack_open_day
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.conftest import broker, uploads
from tests.ingest.sending import send, track
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, make_small
from tests.scorecards.test_movers_pages import get, rows_of, said
from tests.scoring.config import published

__all__ = ["broker", "uploads"]

WEIGHTS = {"visit": ("website", 1_000, 5), "purchase": ("purchase", 10_000, None), "complaint": ("support", -2_500, 1)}
FIRST = AS_OF - timedelta(days=89)  # of the window: 1 December 2025
AWAY = 1 << 16  # a number in the next chunk


def days_ago(n: int) -> date:
    return AS_OF - timedelta(days=n)


ROWS = [
    (1, "visit", FIRST, 3), (1, "visit", days_ago(40), 4), (1, "visit", AS_OF, 2), (1, "purchase", days_ago(40), 2),
    (1, "complaint", days_ago(10), 1), (1, "complaint", days_ago(9), 2),
    (1, "purchase", FIRST - timedelta(days=1), 7), (1, "visit", FIRST - timedelta(days=200), 1),
    (2, "purchase", days_ago(3), 1), (AWAY, "visit", days_ago(40), 1),
]  # fmt: skip


def make(world: World, *, merged: bool = False, **asked: Any) -> Small:
    """1 does a bit of everything, 2 buys once, 3 nothing; `AWAY` lies in another chunk, and may be merged into 1."""
    small = make_small(world.ours, weights=WEIGHTS, full_points=50_000, **asked)
    add_customers(small, [(1, {}), (2, {}), (3, {}), (AWAY, {})])
    add_activity(small, ROWS)
    if merged:
        with organisation_scope(small.id):
            Customer.objects.filter(number=AWAY).update(merged_into=1)
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)
    return small


def found(small: Small, number: int = 1, **asked: Any) -> CustomerDays:
    with organisation_scope(small.id, write=False):
        return customer_days(organisation=small.organisation, number=number, now=NOW, as_of=AS_OF, **asked)


def parts(small: Small, number: int = 1) -> dict[str, Fraction]:
    with organisation_scope(small.id, write=False):
        card = customer_card(organisation=small.organisation, number=number, now=NOW, as_of=AS_OF)
    return {line.key: line.points for line in card.lines}


def by_action(days: CustomerDays) -> dict[str, Fraction]:
    sums: dict[str, Fraction] = {}
    for one in days.in_window:
        for action in one.actions:
            assert action.points is not None
            sums[action.key] = sums.get(action.key, Fraction(0)) + action.points
    return sums


def told(days: CustomerDays) -> list[tuple[int, str, int, Fraction, Fraction | None]]:
    return [
        ((AS_OF - one.day).days, action.key, action.times, action.counted, action.points)
        for one in days.shown
        for action in one.actions
    ]


def address(world: World, number: int = 1, rest: str = "") -> str:
    return f"/o/{world.ours.slug}/customers/{number}/days{rest or '/'}"


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_day_has_what_was_done_and_what_a_cap_leaves_of_it(world: World) -> None:
    small = make(world)
    days = found(small)
    assert told(days) == [
        (0, "t-visit", 2, 0, 0),
        (9, "t-complaint", 2, 0, 0), (10, "t-complaint", 1, 1, Fraction(-5, 2)),
        (40, "t-visit", 4, 2, 2), (40, "t-purchase", 2, 2, 20),
        (89, "t-visit", 3, 3, 3),
    ]  # fmt: skip
    assert by_action(days) == parts(small) == {"t-visit": 5, "t-purchase": 20, "t-complaint": Fraction(-5, 2)}


def test_a_day_is_the_same_packed_or_open_and_both_together(world: World) -> None:
    small = make(world)
    before = told(found(small))
    with organisation_scope(small.id):
        for day in (FIRST, days_ago(40), FIRST - timedelta(days=1)):
            pack_open_day(organisation_id=small.id, day=day, now=NOW)
        assert ActivityBlock.objects.values("day").distinct().count() == 3
    assert told(found(small)) == before
    add_activity(small, [(1, "visit", days_ago(40), 1), (2, "visit", days_ago(40), 9)])  # late, on a packed day
    assert (40, "t-visit", 5, 2, 2) in told(found(small))


def test_with_a_half_life_they_add_up_exactly(world: World) -> None:
    small = make(world, half_life_days=7)
    days = found(small)
    assert by_action(days) == parts(small)
    assert {action.times for one in days.shown for action in one.actions} == {1, 2, 3, 4}
    assert sum(by_action(days).values()) % 1 != 0


def test_merged_identities_count_as_one_on_either_page(world: World) -> None:
    small = make(world, merged=True)
    days = found(small)
    assert (40, "t-visit", 5, 2, 2) in told(days)
    assert by_action(days) == parts(small)
    assert told(found(small, AWAY)) == told(days)
    assert "Merged: these are the days of everybody who is this person." in said(
        get(world.viewer, address(world, AWAY))
    )


def test_what_came_since_the_scoring_is_said(world: World) -> None:
    small = make(world)
    text = said(get(world.viewer, address(world)))
    assert "The days of the window come to 22.50 points: the points of the score." in text
    add_activity(small, [(1, "purchase", days_ago(2), 1)])
    text = said(get(world.viewer, address(world)))
    assert "come to 32.50 points." in text
    assert "Since this scoring, days have come, gone or been merged: Purchase 3 by day, 2 in the parts." in text


@pytest.mark.usefixtures("uploads", "broker")
def test_a_day_is_the_organisations_own(world: World) -> None:
    with organisation_scope(world.ours.pk):
        type(world.ours).objects.filter(pk=world.ours.pk).update(time_zone="Pacific/Auckland")  # 13 hours ahead
        world.ours.refresh_from_db()
    published(world.ours)
    at = ["2026-02-26T10:59:00Z", "2026-02-26T11:01:00Z", "2026-02-27T10:59:00Z"]
    send(world.ours, *[track(n, event="Order Completed", timestamp=when) for n, when in enumerate(at, start=1)])
    score(organisation_id=world.ours.pk, as_of=AS_OF, cause="request", now=NOW)
    with organisation_scope(world.ours.pk, write=False):
        numbers = list(Customer.objects.order_by("number").values_list("number", flat=True))
        days = [
            (one.day, sum(action.times for action in one.actions))
            for number in numbers
            for one in customer_days(organisation=world.ours, number=number, now=NOW, as_of=AS_OF).shown
        ]
    sums = {day: sum(times for other, times in days if other == day) for day, _ in days}
    assert sums == {date(2026, 2, 26): 1, date(2026, 2, 27): 2}


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────


def every_page(small: Small, *, before: date | None = None) -> list[CustomerDays]:
    pages = [found(small, before=before)]
    while pages[-1].page.older:
        pages.append(found(small, before=pages[-1].page.older))
    return pages


def test_pages_leave_no_day_out_and_show_none_twice(world: World) -> None:
    small = make(world)
    pages = every_page(small)
    spans = [(one.page.first, one.page.last) for one in pages]
    assert spans[0] == (FIRST, AS_OF)
    for (first, _), (_, last) in pairwise(spans):
        assert first is not None
        assert last == first - timedelta(days=1)
    assert spans[-1][0] == FIRST - timedelta(days=200)
    shown = [one.day for page in pages for one in page.shown]
    assert shown == sorted({day for number, _, day, _ in ROWS if number == 1}, reverse=True)
    with organisation_scope(small.id, write=False):
        whole = whole_timeline(organisation=small.organisation, number=1, now=NOW, as_of=AS_OF)
    assert [one.day for one in whole.days] == shown
    back = pages[-1]
    for page in reversed(pages[:-1]):
        back = found(small, before=back.page.newer)
        assert (back.page, told(back)) == (page.page, told(page))


@pytest.mark.parametrize("window_days", [1, 30, PAGE_DAYS, PAGE_DAYS + 1, 365])
@pytest.mark.parametrize("start", [0, 1, 45, 91, 92, 93, 400, 729])
def test_pages_beside_each_other_touch_from_wherever_one_begins(window_days: int, start: int) -> None:
    edges: dict[str, Any] = {
        "first_in_window": days_ago(window_days - 1), "as_of": AS_OF, "floor": min(days_ago(700), days_ago(window_days))
    }  # fmt: skip
    page, is_asked = page_before(days_ago(start), **edges), True  # which may end in the middle of a page
    while page.newer is not None:
        newer = page_before(page.newer, **edges)
        assert newer.first is not None
        assert newer.last is not None
        next_day = page.last + timedelta(days=1) if page.last else edges["floor"]
        assert newer.first <= next_day <= newer.last if is_asked else newer.first == next_day
        assert not newer.first < edges["first_in_window"] <= newer.last
        assert page_before(newer.older, **edges).last == newer.first - timedelta(days=1) if newer.older else True
        page, is_asked = newer, False
    assert page.last == AS_OF


def test_a_window_of_several_pages_has_its_caps_over_all_of_it(world: World) -> None:
    small = make(world, window_days=300)
    pages = every_page(small)
    assert len(pages) == 4
    shown = [line for page in pages for line in told(page)]
    assert sum(points for *_, points in shown if points) == sum(parts(small).values()) == Fraction(185, 2)
    assert [(ago, counted) for ago, key, _, counted, _ in shown if key == "t-visit"] == [
        (0, 0), (40, 1), (89, 3), (289, 1)
    ]  # fmt: skip
    assert "points of the score. Those on this page come to 91.50." in said(get(world.viewer, address(world)))


def test_before_the_window_nothing_counts(world: World) -> None:
    small = make(world)
    assert told(found(small, before=FIRST)) == [(90, "t-purchase", 7, 0, None)]
    text = said(get(world.viewer, address(world, rest=f"/?as_of={AS_OF}&before={FIRST}")))
    assert "These days lie before the window: they count in no number of this scoring." in text
    assert "Purchase Purchase 7 –" in text
    assert "of the window</span>" not in text
    assert "come to" not in text


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_folds_silent_days_and_marks_the_window(world: World) -> None:
    make(world)
    text = said(get(world.viewer, address(world)))
    assert "Customer c1 was active on 5 of 90 days" in text
    assert "Saturday 28 February 2026 last day of the window 0.00 Visit Website None counts" in text
    assert "None counts: the cap was reached before 2 0.00 8 days without activity, 20–27 Feb 2026" in text
    assert "29 days without activity, 20 Jan – 17 Feb 2026" in text
    assert "Monday 19 January 2026 +22.00 Visit Website 2 of 4 count: the cap is reached 4 +2.00" in text
    assert "Monday 1 December 2025 first day of the window +3.00" in text
    quiet, active = (sum(map(int, re.findall(r"(\d+) days without", text))), 5)
    assert quiet + active == 90


def test_somebody_with_nothing_has_one_line(world: World) -> None:
    make(world)
    html = get(world.viewer, address(world, 3)).content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "Customer c3 did nothing that counts in 90 days" in text
    assert "90 days without activity, 1 Dec 2025 – 28 Feb 2026" in text
    assert "up to the last day of the window from the first day of the window" in text
    assert html.count("<tbody") == 1


def test_links_keep_the_scoring_and_lead_both_ways(world: World) -> None:
    make(world)
    html = get(world.viewer, address(world, rest=f"/?as_of={AS_OF}&before={FIRST}")).content.decode()
    assert f'rel="prev" href="?as_of={AS_OF}&amp;before=2026-03-01"' in html
    assert f'rel="next" href="?as_of={AS_OF}&amp;before=2025-08-31"' in html
    card = get(world.viewer, f"/o/{world.ours.slug}/customers/1/?run=1").content.decode()
    assert f'href="{address(world)}?run=1"' in card


@pytest.mark.parametrize("text", ["yesterday", "2017-13-01", "2017-11-3x", "%00", "1", "2026-02-30"])
def test_a_day_that_cannot_be_read_is_said(world: World, text: str) -> None:
    make(world)
    answer = get(world.viewer, address(world, rest=f"/?before={text}"))
    assert answer.status_code == 400
    assert "is not a day. Write it like 2025-12-31." in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0001-01-01", "Nothing is kept of days before the one that was asked for."),
        ("2025-05-15", "Nothing is kept of days before the one that was asked for."),
        ("9999-12-31", "Saturday 28 February 2026"),
        ("", "Saturday 28 February 2026"),
    ],
)
def test_a_day_out_of_reach_opens_what_there_is(world: World, text: str, words: str) -> None:
    make(world)
    page = said(get(world.viewer, address(world, rest=f"/?before={text}")))
    assert words in page


def test_the_file_has_every_day_and_stands_on_record(world: World) -> None:
    small = make(world)
    rows = rows_of(get(world.viewer, address(world, rest=".csv")))
    lines = [
        (row["Day"], row["In the window"], row["Key"], row["Times"], row["Counted"], row["Points"]) for row in rows
    ]
    assert lines == [
        ("2026-02-28", "yes", "t-visit", "2", "0", "0"),
        ("2026-02-19", "yes", "t-complaint", "2", "0", "0"),
        ("2026-02-18", "yes", "t-complaint", "1", "1", "-2.5"),
        ("2026-01-19", "yes", "t-visit", "4", "2", "2"),
        ("2026-01-19", "yes", "t-purchase", "2", "2", "20"),
        ("2025-12-01", "yes", "t-visit", "3", "3", "3"),
        ("2025-11-30", "no", "t-purchase", "7", "", ""),
        ("2025-05-15", "no", "t-visit", "1", "", ""),
    ]
    with organisation_scope(small.id, write=False):
        entry = AuditEntry.objects.get(act="customers.exported")
    assert (entry.object_kind, entry.object_id) == ("customer", "1")


# ── whose ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rest", ["/", ".csv"])
def test_anothers_customer_is_nobody(world: World, rest: str) -> None:
    make(world)
    theirs = f"/o/{world.strange.slug}/customers/1/days{rest}"
    unknown = address(world, 4040, rest)
    answers = [
        get(world.stranger, address(world, rest=rest)), get(world.viewer, theirs), get(world.viewer, unknown),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404] * 3
    with organisation_scope(world.ours.pk):
        assert not AuditEntry.objects.filter(act="customers.exported").exists()


def test_nobody_elses_days_are_on_it(world: World) -> None:
    small = make(world)
    assert told(found(small, 2)) == [(3, "t-purchase", 1, 1, 10)]
    assert told(found(small, AWAY)) == [(40, "t-visit", 1, 1, 1)]
