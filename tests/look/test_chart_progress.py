"""The way to a target: marks where the values are, words that do not touch, the same figures in the table."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.look.charts import ProgressChart, render
from engagement.look.charts.marks import Dot, Line
from tests.look.charts import PROGRESS
from tests.look.test_chart_labels import clear

VALUES = st.integers(0, 10_000).map(lambda cents: Fraction(cents, 100))


def test_where_the_marks_are() -> None:
    assert (PROGRESS.axis.low, PROGRESS.axis.high) == (65, 80)
    drawing = PROGRESS.draw()
    dots = {mark.css: mark.cx for mark in drawing.marks if isinstance(mark, Dot)}
    assert dots == {"dot-open": Fraction("5.2") / 15 * 100, "dot halo": Fraction("3.928716") / 15 * 100}
    lines = {mark.css: (mark.x1, mark.x2) for mark in drawing.marks if isinstance(mark, Line)}
    assert lines["target"] == (Fraction(200, 3), Fraction(200, 3))
    assert lines["whisker axis-0"] == (Fraction("3.1") / 15 * 100, Fraction("7.3") / 15 * 100)
    assert lines["range"] == (Fraction("3.43") / 15 * 100,) * 2


def test_what_it_says() -> None:
    assert PROGRESS.label() == (
        "Target 75. Start, 31 Oct 2017 68.4; Now 68.9; 30 Jun 2018 at this pace 70.2 ± 2.1. On a scale from 65 to 80."
    )
    rows = [[cell and str(cell) for cell in row] for row in PROGRESS.table().rows]
    assert rows == [
        ["Start, 31 Oct 2017", "68.43", None, None],
        ["Now", "68.93", None, None],
        ["30 Jun 2018 at this pace", "70.20", "68.10", "72.30"],
        ["Target", "75.00", None, None],
    ]


def test_what_is_not_known_is_not_drawn() -> None:
    bare = ProgressChart(target=75, now=70)
    assert [mark.css for mark in bare.draw().marks if isinstance(mark, Dot)] == ["dot halo"]
    assert bare.label() == "Target 75. Now 70. On a scale from 65 to 80."
    assert "whisker" not in render(replace(PROGRESS, half_width_95=None))


def test_an_interval_ends_where_the_measure_ends() -> None:
    high = replace(PROGRESS, projected=99, half_width_95=Decimal(5))
    assert high.axis.high == 100
    assert high.table().rows[2][3] == Decimal("100.00")
    low = replace(PROGRESS, projected=1, half_width_95=Decimal(5))
    assert low.table().rows[2][2] == Decimal("0.00")


@given(VALUES, VALUES, st.one_of(st.none(), VALUES), st.one_of(st.none(), VALUES), st.integers(1, 4_000))
@settings(max_examples=150)
def test_no_labels_touch(
    target: Fraction, now: Fraction, start: Fraction | None, projected: Fraction | None, half: int
) -> None:
    chart = replace(
        PROGRESS, target=target, now=now, start=start, projected=projected, half_width_95=Fraction(half, 100)
    )
    assert clear(chart.draw())
