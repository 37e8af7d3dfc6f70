from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from engagement.look.charts import LinePoint, Mini, Spark, render, shared_axis
from engagement.look.charts.axis import line_axis, round_step, zero_axis
from tests.look.charts import AXIS, LINE, MINI, SPARK, exactly, lines_of


def test_points_per_month_stand_as_in_the_pattern() -> None:
    drawn = lines_of(LINE)
    assert '<text x="0%" y="32">1,000</text>' in drawn
    assert '<text x="0%" y="87">500</text>' in drawn
    assert '<line class="axis-0" x1="0%" x2="100%" y1="146" y2="146"/>' in drawn
    assert '<line class="target target-dash" x1="0%" x2="100%" y1="139.4" y2="139.4"/>' in drawn
    assert '<text class="key" x="100%" y="134.4" text-anchor="end">Full points 60</text>' in drawn
    assert '<circle class="dot" cx="3%" cy="60.6" r="2.5">' in drawn
    assert '<text class="key" x="86.56%" y="23.8" text-anchor="middle">1,029</text>' in drawn
    assert '<text class="key" x="97%" y="58.1" text-anchor="middle">963</text>' in drawn
    assert any('points="3.00,35.33 13.44,33.75 23.89,31.42' in line for line in drawn)


def test_points_in_words_and_figures() -> None:
    short = replace(LINE, points=(LinePoint("Mar", "Mar 2017", 776), LinePoint("Apr", "Apr 2017", None)))
    assert short.label() == "Points at the end of each month: Mar 2017: 776; Apr 2017: –. Full points 60."
    assert short.table().rows == (("Mar 2017", Decimal("776.00")), ("Apr 2017", None))


def test_the_last_value_moves_off_the_reference() -> None:
    near = replace(LINE, points=(LinePoint("Mar", "Mar 2017", 500), LinePoint("Apr", "Apr 2017", 64)))
    keys = [(text.text, int(text.y)) for text in near.draw().texts() if text.css == "key"]
    assert keys[0][0] == "Full points 60"
    assert keys[1] == ("64", 112)


def test_nothing_known_draws_the_axis_alone() -> None:
    empty = replace(LINE, points=(LinePoint("Mar", "Mar 2017", None),), reference=None)
    assert "<circle" not in render(empty)
    assert empty.label() == "Points at the end of each month: Mar 2017: –."


def test_a_spark_on_the_columns_scale() -> None:
    assert lines_of(SPARK) == [
        '<svg class="spark" role="img" aria-label="Score of 19–24, March to December 2017: from 92.4 to 92.4">',
        '<rect class="z-good" x="0%" y="40%" width="100%" height="20%"/>',
        '<svg y="0" width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible">',
        '<polyline class="ln ln-thin" points="0.00,15.20 50.00,1.40 100.00,15.28"/>',
        "</svg>",
        '<circle class="dot halo" cx="100%" cy="15.28%" r="3"/>',
        "</svg>",
    ]


def test_a_spark_with_gaps_and_of_missing_data() -> None:
    gaps = replace(SPARK, values=(90, None, 91, 92, None), is_missing_data=True)
    drawn = render(gaps)
    assert 'class="ln ln-thin ln-missing" points="50.00,18.00 75.00,16.00"' in drawn
    assert "<circle" not in drawn
    assert "from 90.0 to 92.0" in drawn
    assert Spark(name="A", period="2017", values=(None,), axis=AXIS).label() == "Score of A, 2017: none"
    above = Spark(name="A", period="2017", values=(95, 96), axis=shared_axis([[95, 96]]))
    assert "z-good" not in render(above)
    assert gaps.table().rows[:2] == ((1, Decimal("90.00")), (2, None))


def test_the_small_scale_of_a_row() -> None:
    assert lines_of(MINI) == [
        '<svg class="mini" role="img" aria-label="Score 68.9, interval 67.5 to 70.4, target 75">',
        '<rect class="z-poor" x="0%" y="5" width="70%" height="10"/>',
        '<rect class="z-good" x="70%" y="5" width="10%" height="10"/>',
        '<rect class="z-excellent" x="80%" y="5" width="20%" height="10"/>',
        '<line class="whisker k-poor" x1="67.51%" x2="70.35%" y1="10" y2="10"/>',
        '<circle class="f-poor halo" cx="68.93%" cy="10" r="5"/>',
        '<line class="target" x1="75%" x2="75%" y1="1" y2="19"/>',
        "</svg>",
    ]
    assert '<circle class="dot halo"' in render(Mini(score=90, banded=False))
    assert Mini(score=90).table().rows == ((Decimal("90.00"), None, None, None),)


@pytest.mark.parametrize(
    ("span", "parts", "step"),
    [(11, 4, 5), (1029, 3, 500), (10, 5, 2), (Decimal("0.3"), 4, Fraction(1, 10)), (100, 1, 100), (7, 4, 2)],
)
def test_round_steps(span: int | Decimal, parts: int, step: Fraction) -> None:
    assert round_step(span, parts=parts) == step


def test_axes() -> None:
    points = zero_axis([1029])
    assert exactly(points.low, points.high, *points.ticks()) == exactly(0, 1200, 0, 500, 1000)
    below = zero_axis([-30, 70])
    assert exactly(below.low, below.high, below.step) == exactly(-50, 80, 50)
    assert exactly(zero_axis([]).low, zero_axis([0]).high) == exactly(0, Fraction(11, 10))
    assert line_axis([64, 75], least_span=1).ticks() == exactly(60, 65, 70, 75, 80)
    with pytest.raises(ValueError, match="empty"):
        line_axis([], least_span=1)


@pytest.mark.parametrize(
    ("series", "ends"),
    [
        ([[Decimal("54.2")], [Decimal("97.3"), None]], (50, 100)),
        ([], (0, 100)),
        ([[None]], (0, 100)),
        ([[70, 70]], (60, 70)),
        ([[0]], (0, 10)),
        ([[100]], (90, 100)),
    ],
)
def test_one_scale_for_a_column_of_sparks(series: list[list[int | None]], ends: tuple[int, int]) -> None:
    axis = shared_axis(series)
    assert exactly(axis.low, axis.high) == exactly(*ends)
