"""One customer's page as it is printed: parts that add up, and what is said about somebody without a score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.look.components import Receipt
from engagement.look.components import ReceiptLine as Printed
from engagement.scorecards.present.customer import CustomerDetail, EventRow, Trait, customer_detail, receipt
from tests.scorecards.made import BEFORE, DAY, card, receipt_line, run, terms


def _detail(**changes: Any) -> CustomerDetail:
    return customer_detail(card=card(**changes), is_kept_run=False, terms=terms())


def test_the_receipt_of_customer_1795() -> None:
    assert receipt(card=card(), terms=terms()) == Receipt(
        lines=(
            Printed(action="Purchase", times="192", weight="5", points="960", share="99.7 %"),
            Printed(action="Coupon", times="0", weight="8", points="0", share="0.0 %"),
            Printed(action="Campaign", times="3", weight="1", points="3", share="0.3 %"),
        ),
        times="195",
        points="963",
        share="100.0 %",
        sum="963 ÷ 60 full points = 1,605 %, counted as 100 at most → score 100",
    )


def test_what_is_said_about_them() -> None:
    page = _detail()
    assert page.finding == "Customer 1795 is fully engaged: 963 points, 16 times the full points"
    assert page.standfirst == "First of 2,469 by points. Down 66 from 1,029 on 30 November 2017."
    assert page.receipt_caption == (
        "Weight set 2 · 90 days to 31 December 2017 · run 14 of 1 Jan 2018, 02:10."
        " No caps. Every day of the window counts alike."
    )
    assert page.course is not None
    assert page.course.heading == "Most points on 30 November 2017: 1,029"
    assert page.course.chart.reference == 60


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"points": Fraction(60), "lines": (receipt_line("Buy", "12", "5"),)},
            "Customer 1795 is fully engaged: 60 points",
        ),
        (
            {
                "points": Fraction(20),
                "score": Fraction(100, 3),
                "band": "poor",
                "lines": (receipt_line("Buy", "4", "5"),),
            },
            "Customer 1795 has 20 points: score 33.3, Poor",
        ),
        (
            {"points": Fraction(0), "score": Fraction(0), "band": "poor", "lines": (receipt_line("Visit", "0", "1"),)},
            "Customer 1795 did nothing that counts in 90 days",
        ),
        (
            {
                "points": Fraction(-4),
                "score": Fraction(0),
                "band": "poor",
                "lines": (receipt_line("Return", "2", "-2"),),
            },
            "Customer 1795 has −4 points: score 0, Poor",
        ),
        ({"external_id": "x" * 200}, f"Customer {'x' * 23}… is fully engaged: 963 points, 16 times the full points"),
        ({"in_run": False, "points": None, "score": None, "band": None}, "Customer 1795 is not in this score"),
    ],
)
def test_findings(changes: dict[str, Any], said: str) -> None:
    assert _detail(**changes).finding == said


_OUT = {"in_run": False, "points": None, "score": None, "band": None, "rank": None, "lines": ()}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"excluded": True}, "Excluded by hand: not scored, and in no segment."),
        ({"identified": False}, "Not identified yet: it is scored once it is known who this is."),
        (
            {},
            "Excluded by a rule, merged into another customer, or not known yet when this day was scored.",
        ),
    ],
)
def test_somebody_without_a_score_has_no_number_and_a_reason(changes: dict[str, Any], said: str) -> None:
    page = _detail(**_OUT, **changes)
    assert (page.standfirst, page.receipt, page.band, page.score) == (said, None, None, "–")


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ((), "No earlier month to compare with."),
        (((DAY, Fraction(963)),), "No earlier month to compare with."),
        (((BEFORE, None),), "No earlier month to compare with."),
        (((BEFORE, Fraction(963)),), "Unchanged since 30 November 2017."),
        (((BEFORE, Fraction("900.5")),), "Up 62.5 from 900.5 on 30 November 2017."),
    ],
)
def test_against_the_month_before(history: tuple[tuple[date, Fraction | None], ...], said: str) -> None:
    assert _detail(history=history, rank=12).standfirst == f"Rank 12 of 2,469 by points. {said}"


def test_a_cap_is_counted_as_printed() -> None:
    capped = receipt_line("Social", "9", "5", counted=Fraction(3), cap=3, points=Fraction(15))
    made = receipt(card=card(lines=(capped,), points=Fraction(15), score=Fraction(25), band="poor"), terms=terms())
    assert made is not None
    assert made.lines == (
        Printed(
            action="Social", times="3", weight="5", points="15", share="100.0 %", note="9 times, counted 3 at most"
        ),
    )
    assert made.sum == "15 ÷ 60 full points = 25 % → score 25.0"
    page = _detail(lines=(capped,), points=Fraction(15), score=Fraction(25), band="poor")
    assert page.receipt_caption.endswith("Caps apply. Every day of the window counts alike.")


def test_negative_points_count_as_nothing_and_have_no_shares() -> None:
    lines = (receipt_line("Buy", "1", "1"), receipt_line("Return", "2", "-2"))
    made = receipt(card=card(lines=lines, points=Fraction(-3), score=Fraction(0), band="poor"), terms=terms())
    assert made is not None
    assert [line.share for line in made.lines] == ["", ""]
    assert (made.points, made.share) == ("−3", "")
    assert made.sum == "−3 ÷ 60 full points = −5 %, counted as 0 at least → score 0"


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(-(10**6), 10**6)), min_size=1, max_size=8))
def test_decayed_parts_add_up_as_printed(parts: list[tuple[int, int]]) -> None:
    """With a half-life, times are millionths and points billionths: the printed column still adds up."""
    lines = tuple(
        replace(
            receipt_line(f"A{at}", "1", "1"),
            occurrences=Fraction(times, 10**6),
            counted=Fraction(times, 10**6),
            points=Fraction(times * weight, 10**9),
        )
        for at, (times, weight) in enumerate(parts)
    )
    total = sum((line.points for line in lines), Fraction(0))
    made = receipt(card=card(lines=lines, points=total, run=run(half_life_days=30)), terms=terms())
    assert made is not None
    assert sum(_plain(line.points) for line in made.lines) == _plain(made.points)
    assert sum(_plain(line.times) for line in made.lines) == _plain(made.times)


def _plain(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-"))


def test_missing_data_is_tagged() -> None:
    assert _detail().traits == (
        Trait(name="age", value="45–54", is_missing=False),
        Trait(name="loyal", value="yes", is_missing=False),
        Trait(name="marital status", value="Unknown", is_missing=True),
        Trait(name="tags", value="a, b", is_missing=False),
    )
    empty = _detail(traits={"a": None, "b": "", "c": "x" * 200}).traits
    assert [(trait.is_missing, len(trait.value)) for trait in empty] == [(True, 0), (True, 0), (False, 121)]


def test_events_say_what_they_count_as() -> None:
    assert _detail().events == (
        EventRow(
            when="31 Dec 2017, 17:05", name="purchase", action="Purchase", channel="Purchase", occurrences="1",
            points="+5", is_outside=False,
        ),
        EventRow(
            when="1 Sep 2017, 08:00", name="complaint", action="", channel="", occurrences="1", points="–",
            is_outside=True,
        ),
    )  # fmt: skip


def test_no_month_has_no_course() -> None:
    assert _detail(history=()).course is None
    assert _detail(history=((BEFORE, None),)).course is None
