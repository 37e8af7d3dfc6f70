"""The portfolio and the first run as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from engagement.insights.explaining import PartitionChange, PartTerm
from engagement.insights.types import FirstSteps, PortfolioLine
from engagement.scorecards.present.first_run import FirstRunPage, first_run_page
from engagement.scorecards.present.portfolio import PortfolioPage, needs_by_client, portfolio_page, portfolio_table
from engagement.scorecards.present.score import BandMark
from engagement.scorecards.present.steps import STAGES, Lead, lead_of
from tenants.models import Organisation
from tenants.permissions import Permission
from tests.scorecards.made import client, figures, small, target, terms

NOW = datetime(2018, 1, 1, 9, 0, tzinfo=UTC)


def _told(lines: Sequence[PortfolioLine], now: datetime = NOW) -> dict[str, Any]:
    of_clients = {line.slug: terms() for line in lines}
    needs = needs_by_client(lines=lines, terms=of_clients, now=now)
    return {"lines": lines, "terms": of_clients, "needs": needs}


def _page(*lines: PortfolioLine) -> PortfolioPage:
    return portfolio_page(**_told(lines))


def test_a_client_in_the_table() -> None:
    (row,) = _page(client()).rows
    assert (row.slug, row.about, row.is_sample) == ("fennel-grocers", "Retail · 2,469 customers", True)
    assert (row.score, row.reason, row.as_of, row.band) == (
        "68.9", "", "31 Dec 2017 · ± 1.4", BandMark(code="poor", name="Poor"),
    )  # fmt: skip
    assert (row.to_target, row.change.text, row.weakest, row.data, row.is_stale) == (
        "−6.1", "+0.2", "65+ 90.3", "1 day", False,
    )  # fmt: skip
    assert row.scale is not None
    assert row.scale.label() == "Score 68.9, interval 67.5 to 70.3, target 75"
    assert row.spark is not None


def test_a_client_without_a_score_shows_no_number() -> None:
    nothing = client(
        "Heron Books", total=None, change=None, target=None, weakest=None, last_event_on=None, stale_days=None, trend=()
    )
    few = replace(nothing, slug="few", total=small(4), organisation_id=9)
    for row, reason, about in (
        (_page(nothing).rows[0], "no score yet", "Retail · not scored"),
        (_page(few).rows[0], "no score: fewer than 5 customers", "Retail · 4 customers"),
    ):
        assert (row.score, row.reason, row.about) == ("–", reason, about)
        assert (row.band, row.scale, row.spark, row.to_target, row.change.text, row.weakest, row.data) == (
            BandMark(code=None, name="–"), None, None, "–", "–", "–", "none yet",
        )  # fmt: skip


def test_a_band_needs_thirty_customers_here_too() -> None:
    (row,) = _page(client(total=figures("85", n=29))).rows
    assert row.band == BandMark(code=None, name="fewer than 30 customers")
    assert row.scale is not None
    assert not row.scale.banded


def test_a_distance_to_the_target_never_hides_a_miss() -> None:
    def to_target(score: str) -> str:
        return _page(client(total=figures(score), target=target("75", current=score))).rows[0].to_target

    assert (to_target("74.98"), to_target("75"), to_target("75.3")) == ("−0.02", "0.0", "+0.3")


def _split(mix: str, **rates: str) -> PartitionChange:
    parts = tuple(
        PartTerm(segment_key=name, segment_name=name, n_before=50, n_after=50, before=Fraction(70),
                 after=Fraction(70), mix=Fraction(0), rate=Fraction(rate))
        for name, rate in rates.items()
    )  # fmt: skip
    rate = sum((part.rate for part in parts), Fraction(0))
    after = 70 + Fraction(mix) + rate
    return PartitionChange(
        set_key="s", set_name="Age", before=Fraction(70), after=after, mix=Fraction(mix), rate=rate, parts=parts,
        reason=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "partitions", "said"),
    [
        ("-2.2", (_split("-0.1", young="-1.8", old="-0.3"),), "mostly young −1.8"),
        ("-2.2", (_split("-2", young="-0.1", old="-0.1"),), "mostly other customers −2.0"),
        ("0.01", (_split("-2", young="2.01"),), ""),  # unchanged: nothing to take apart
        ("-2.2", (), ""),
        ("-2.2", (replace(_split("0"), mix=None, rate=None, parts=(), reason="no partition"),), ""),
    ],
)
def test_where_most_of_a_change_came_from(change: str, partitions: tuple[PartitionChange, ...], said: str) -> None:
    (row,) = _page(client(change=Fraction(change), partitions=partitions)).rows
    assert row.cause == said


def test_what_waits_comes_first_with_one_link_each() -> None:
    stale = client("Zeta", stale_days=6, last_event_on=date(2017, 12, 26))
    page = _page(client("Alpha"), stale)
    assert page.headline == "One of your two clients needs you"
    assert [row.name for row in page.rows] == ["Zeta", "Alpha"]
    (waiting,) = page.waiting
    assert (waiting.who, waiting.who_url, waiting.since, waiting.do_url) == (
        "Zeta", "/o/zeta/", "26 Dec", "/o/zeta/data/",
    )  # fmt: skip
    assert (page.rows[0].data, page.rows[0].is_stale) == ("6 days", True)


def test_every_client_is_read_by_its_own_calendar() -> None:
    """A sample stands still: its target is due in 30 days of its own, although it is years ago."""
    due = client(target=target(due_on=date(2018, 1, 31)))
    later = datetime(2026, 3, 2, tzinfo=UTC)
    page = portfolio_page(**_told([due], later))
    assert page.waiting[0].what == "6.1 below a target that is due in 30 days."
    live = replace(due, sample_today=None)
    page = portfolio_page(**_told([live], later))
    assert page.waiting[0].what == "6.1 below a target that was due on 31 January 2018."


def test_the_file_has_the_same_order_and_six_decimals() -> None:
    lines: Sequence[PortfolioLine] = [
        client("Alpha"),
        client("Zeta", stale_days=6),
        client("New", total=None, change=None, target=None, weakest=None, previous_as_of=None, weight_set_number=None),
    ]
    table = portfolio_table(**_told(lines))
    assert [row[0] for row in table.rows] == ["Zeta", "New", "Alpha"]
    assert table.rows[2] == (
        "Alpha", "Retail", "2017-12-31", 2469, Decimal("68.928716"), Decimal("1.420000"), "poor", 2, Decimal(75),
        Decimal("-6.071284"), Decimal("0.160000"), "2017-11-30", None, "65+", Decimal("90.250000"), 1, None, "",
    )  # fmt: skip
    assert table.rows[1][2:12] == (None,) * 10


# ── the first run ────────────────────────────────────────────────────────────────────────────────────────────

EVERYTHING = {permission.value: True for permission in Permission}
EMPTY = FirstSteps(events=0, customers=0, actions=4, weight_set_published=False, draft=True, segments=0, runs_waiting=0)
HERON = Organisation(slug="heron-books", name="Heron Books", time_zone="Europe/London", currency="GBP")


def _first(steps: FirstSteps, **may: bool) -> FirstRunPage:
    return first_run_page(organisation=HERON, steps=steps, may=may or EVERYTHING, terms=terms())


def test_an_empty_client_begins_with_its_events() -> None:
    page = _first(EMPTY)
    assert page.finding == "No score yet: send the first events and it appears here"
    assert page.progress == "0 of 7 done"
    assert [(step.title, step.state) for step in page.steps] == [
        ("Bring in events", "now"),
        ("Say which events count", "later"),
        ("Weights", "later"),
        ("Full points", "later"),
        ("Segments", "later"),
        ("First score", "later"),
        ("First target", "later"),
    ]
    assert page.steps[0].url == "/o/heron-books/start/events/"
    assert [(fact.name, fact.value) for fact in page.facts] == [
        ("Score", "no score: no events yet"),
        ("Customers", "0"),
        ("Days and money", "Europe/London, GBP"),
        ("Numbers show from", "5 customers"),
        ("Bands show from", "30 customers"),
    ]
    assert (page.has_score, page.is_waiting) == (False, False)


def test_a_viewer_gets_no_links_to_what_they_may_not_do() -> None:
    page = _first(EMPTY, view=True)
    assert {step.url for step in page.steps} == {""}
    assert {fact.url for fact in page.facts} == {""}


READY: dict[str, Any] = {"events": 90, "customers": 30, "counted": True, "weights_chosen": True, "full_points": True,
         "weight_set_published": True}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "finding", "now"),
    [
        (
            {"events": 90, "customers": 30}, "No score yet: events are here, the weights are not published",
            "Say which events count",
        ),
        ({"events": 90}, "No score yet: nobody in the events is identified", "Bring in events"),
        (
            {"events": 90, "customers": 30, "counted": True, "weights_chosen": True},
            "No score yet: events are here, the weights are not published", "Full points",
        ),
        (READY, "Everything is ready: the first score can be calculated", "First score"),
        # publishing has asked for a scoring: meanwhile there is time for segments
        ({**READY, "runs_waiting": 1}, "The first score is on its way", "Segments"),
        ({**READY, "runs_waiting": 1, "segments": 3}, "The first score is on its way", "First score"),
        ({**READY, "scored": True}, "The first score stands: a target is next", "First target"),
        ({**READY, "scored": True, "targets": 1}, "The first score stands, and a target", None),
    ],
)  # fmt: skip
def test_where_one_is_follows_from_what_there_is(changes: dict[str, Any], finding: str, now: str | None) -> None:
    page = _first(replace(EMPTY, **changes))
    assert page.finding == finding
    assert next((step.title for step in page.steps if step.state == "now"), None) == now
    assert sum(step.state == "now" for step in page.steps) <= 1


@pytest.mark.parametrize("key", [stage.key for stage in STAGES])
def test_a_required_step_is_left_by_doing_it_and_the_others_can_be_passed_over(key: str) -> None:
    def lead(steps: FirstSteps) -> Lead:
        return lead_of(key=key, slug="heron-books", steps=steps, may=EVERYTHING, terms=terms())

    may_wait = key in {"segments", "target"}
    assert (lead(EMPTY).onward is not None) == may_wait
    done = lead(replace(EMPTY, **READY, scored=True, segments=2, targets=1))
    assert done.is_done
    assert done.onward is not None
    assert [step.url for step in done.steps].count("") == 1  # the page one is on


def test_many_events_are_not_counted_to_the_end() -> None:
    page = _first(replace(EMPTY, events=1000, customers=30))
    assert page.steps[0].text == "More than 1,000 events and 30 customers have arrived."
    assert page.steps[0].state == "done"
