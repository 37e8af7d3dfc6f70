"""A segment's page as it is printed, and the list of customers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.insights.customer_types import CustomerPage
from engagement.insights.types import SegmentRow
from engagement.scorecards.present.customers import customers_page
from engagement.scorecards.present.parts import PartLine, action_table, channel_table
from engagement.scorecards.present.score import BandMark
from engagement.scorecards.present.segment import SegmentPage, customer_rows, days_ago, segment_page
from tests.scorecards.made import (
    action,
    comparison,
    customer_line,
    figures,
    grocery_actions,
    row,
    run,
    scorecard,
    small,
    spread,
    terms,
)


def _page(row_: SegmentRow | None = None, *, n: int = 2469) -> SegmentPage:
    return segment_page(
        row=row_ or row("older", "45–54", "94.4444", n=n, change="-1.2"),
        run=run(),
        trend=scorecard().trend,
        spread=spread(n=n),
        comparison=comparison(),
        most=(customer_line(),),
        fewest=(customer_line(8, "0", "0", "poor"),),
        terms=terms(),
    )


def test_the_page_of_a_segment() -> None:
    page = _page()
    assert page.finding == "45–54 fell by 1.2 to 94.4: Excellent"
    assert page.standfirst == (
        "126 of 2,469 did nothing that counts (5.1 %); 1,800 of 2,469 are fully engaged (72.9 %)."
    )
    assert page.compared == "December 2017 against November 2017: −1.20. No interval is known for it."
    assert page.spread is not None
    assert page.spread.heading == "1,800 of 2,469 customers score 100"
    assert page.spread.chart.counts == spread().bins
    assert page.spread.table.rows[-1][:2] == ("100 score", 1800)
    assert page.trend is not None
    assert [each.number for each in (*page.most, *page.fewest)] == [7, 8]


@pytest.mark.parametrize(("n", "said"), [(0, "here there are 0."), (1, "here there is 1."), (4, "here there are 4.")])
def test_a_segment_too_small_for_numbers_shows_none(n: int, said: str) -> None:
    hidden = SegmentRow(
        figures=replace(small(n), segment_name="Tiny"),
        previous=None, change=None, adds_to_total=Fraction(-3, 7), target=None, trend=(),
    )  # fmt: skip
    page = _page(hidden, n=2469)
    assert page.standfirst == f"Numbers show from 5 customers on; {said}"
    assert (page.bands, page.facts, page.actions, page.channels, page.spread) == (None, (), None, None, None)
    assert page.score.number == "–"


def test_points_by_action_add_up_to_points_and_points_per_customer() -> None:
    table = action_table(figures=figures(), terms=terms())
    assert table is not None
    assert table.lines == (
        PartLine(
            name="Purchase", channel="Purchase", weight="5", occurrences="38,125", customers="2,300",
            points="190,625", per_customer="77.21", share="95.3 %",
        ),
        PartLine(
            name="Coupon", channel="App", weight="8", occurrences="865", customers="400",
            points="6,920", per_customer="2.80", share="3.5 %",
        ),
        PartLine(
            name="Campaign", channel="E-mail", weight="1", occurrences="2,421", customers="1,100",
            points="2,421", per_customer="0.98", share="1.2 %",
        ),
    )  # fmt: skip
    assert (table.total.points, table.total.per_customer, table.total.share) == ("199,966", "80.99", "100.0 %")


def test_points_by_channel_have_the_same_totals() -> None:
    table = channel_table(figures=figures(), terms=terms())
    assert table is not None
    assert [(line.name, line.points, line.per_customer) for line in table.lines] == [
        ("E-mail", "2,421", "0.98"), ("App", "6,920", "2.80"), ("Purchase", "190,625", "77.21"),
    ]  # fmt: skip
    assert channel_table(figures=figures(actions=grocery_actions()[:1]), terms=terms()) is None


def test_a_cap_is_said_beside_its_action() -> None:
    capped = figures(actions=(replace(grocery_actions()[0], cap=3), *grocery_actions()[1:]))
    table = action_table(figures=capped, terms=terms())
    assert table is not None
    assert table.lines[0].name == "Purchase, at most 3 a customer"


def test_negative_parts_have_no_shares() -> None:
    """A share of a sum with negative parts can be over 100 %: it is not printed."""
    n = 100
    parts = (
        action("buy", "Buy", "purchase", weight="5", times=100, customers=50, n=n),
        action("return", "Return", "support", weight="-2", times=30, customers=20, n=n),
    )
    total = sum((part.points for part in parts), Fraction(0))
    made = figures("50", n=n, actions=parts, total_points=total, points_per_customer=total / n)
    for table in (action_table(figures=made, terms=terms()), channel_table(figures=made, terms=terms())):
        assert table is not None
        assert {line.share for line in (*table.lines, table.total)} == {"–"}
        assert table.total.points == "440"
        assert {line.points for line in table.lines} == {"500", "−60"}


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=8), st.integers(30, 5000))
def test_whatever_the_parts_they_add_up_as_printed(times: list[int], n: int) -> None:
    channels = ("website", "social", "email", "app")
    parts = tuple(
        action(f"a{at}", f"A{at}", channels[at % 4], weight="0.125", times=count, customers=1, n=n)
        for at, count in enumerate(times)
    )
    total = sum((part.points for part in parts), Fraction(0))
    made = figures("50", n=n, actions=parts, total_points=total, points_per_customer=total / n)
    for table in (action_table(figures=made, terms=terms()), channel_table(figures=made, terms=terms())):
        assert table is not None
        for name in ("points", "per_customer", *(["share"] if total else [])):
            assert sum(_plain(getattr(line, name)) for line in table.lines) == _plain(getattr(table.total, name))


def _plain(text: str) -> Decimal:
    return Decimal(text.replace(",", "").removesuffix(" %"))


def test_customers_in_a_list() -> None:
    rows = customer_rows(
        lines=[replace(customer_line(), external_id="", score=Fraction("69.95"), band="poor")], terms=terms()
    )
    assert (rows[0].external_id, rows[0].points, rows[0].score, rows[0].band, rows[0].last_action) == (
        "no. 7", "963", "69.95", BandMark(code="poor", name="Poor"), "on the last day",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "said"), [(None, "none in the window"), (0, "on the last day"), (1, "1 day before"), (9, "9 days before")]
)
def test_days_ago(days: int | None, said: str) -> None:
    assert days_ago(days=days) == said


def test_the_list_says_what_it_shows_and_where_it_goes_on() -> None:
    found = CustomerPage(lines=(customer_line(),), total=2469, page=2, pages=50, run=run())
    page = customers_page(found=found, asked="", is_kept_run=False, terms=terms())
    assert (page.finding, page.where, page.previous, page.next) == (
        "2,469 customers have a score", "Page 2 of 50", 1, 3,
    )  # fmt: skip
    one = CustomerPage(lines=(customer_line(),), total=1, page=1, pages=1, run=run())
    page = customers_page(found=one, asked="Poor", is_kept_run=False, terms=terms())
    assert (page.finding, page.previous, page.next) == ("1 customer fits what you asked for", None, None)
    none = CustomerPage(lines=(), total=0, page=1, pages=1, run=None)
    page = customers_page(found=none, asked="", is_kept_run=False, terms=terms())
    assert (page.finding, page.is_scored) == ("No customer has a score yet", False)


@pytest.mark.parametrize(
    ("median", "said"),
    [
        ("62.5", "Half of the customers score 62.5 or less"),
        ("100", "1,800 of 2,469 customers score 100"),
        ("0", f"{spread().bins[0]:,} of 2,469 customers score below 10"),
    ],
)
def test_a_middle_at_an_end_of_the_scale_is_told_by_a_count(median: str, said: str) -> None:
    older = row("older", "45–54", "94.4444", n=2_469, change="-1.2")
    page = _page(row_=replace(older, figures=replace(older.figures, median_score=Fraction(median))))
    assert page.spread is not None
    assert page.spread.heading == said
