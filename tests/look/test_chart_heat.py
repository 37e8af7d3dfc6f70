"""A heat map and a waterfall: every number printed, every place exact, rows that add up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engagement.look.charts import HeatMap, HeatRow, HeatValue, Waterfall, WaterfallStep, render
from engagement.look.charts.marks import Rect, Text
from engagement.look.exact import exact
from tests.look.charts import HEAT, WATERFALL
from tests.look.test_chart_labels import clear

CENTS = st.integers(-10_000_000, 10_000_000).map(lambda cents: Decimal(cents) / 100)
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "Nd")), min_size=1, max_size=60)


def _texts(chart: HeatMap | Waterfall) -> list[str]:
    return [text.text for text in chart.draw().texts()]


def test_every_number_stands_in_its_cell() -> None:
    texts = _texts(HEAT)
    for number in ("134.41", "1.80", "1.74", "130.87", "54.42", "0.57", "0.73", "53.12"):
        assert texts.count(number) == 1
    assert texts.count("–") == 4  # a row that may show nothing, and no zero in its place
    assert "Unknown · missing data" in texts
    assert "65+ · fewer than 5 customers" in texts
    shades = [mark.css for mark in HEAT.draw().marks if isinstance(mark, Rect)]
    assert shades == ["cell-4", "cell-1", "cell-4", "cell-1", "cell-0", "cell-2", *["cell-none"] * 3]
    assert "19–24, Purchase: 130.87" in render(HEAT)


def test_the_table_beside_a_heat_map() -> None:
    table = HEAT.table()
    assert table.header == ("Age", "All channels", "E-mail", "App", "Purchase", "Note")
    assert table.rows[1] == ("Unknown", *map(Decimal, ("54.42", "0.57", "0.73", "53.12")), "missing data")
    assert table.rows[2] == ("65+", None, None, None, None, "fewer than 5 customers")


@given(st.lists(NAMES, min_size=1, max_size=8), NAMES, CENTS)
def test_no_labels_touch_whatever_they_say(columns: list[str], name: str, value: Decimal) -> None:
    row = HeatRow(name=name, total=value, values=(HeatValue(value, 3),) * len(columns), note="missing data")
    chart = HeatMap(measure="Points", first="Age", total_name="All channels", columns=tuple(columns), rows=(row, row))
    assert clear(chart.draw())


def test_bars_of_a_waterfall_begin_where_the_one_before_ended() -> None:
    bars = [mark for mark in WATERFALL.draw().marks if isinstance(mark, Rect)]
    assert [bar.css for bar in bars] == ["bar-fall", "bar", "bar"]  # what gave nothing is in the table alone
    fall, rise, _ = bars
    assert exact(fall.x) == exact(rise.x)
    assert exact(rise.x) + exact(rise.width) > exact(fall.x) + exact(fall.width)
    assert [row[0] for row in WATERFALL.table().rows][1] == "Merged and erased customers"


@given(st.integers(-9_999, 9_999), st.lists(st.integers(-9_999, 9_999), max_size=8), NAMES)
def test_any_waterfall_lies_inside_and_touches_nothing(start: int, moves: list[int], name: str) -> None:
    values = [Decimal(move) / 100 for move in moves]
    before = Decimal(start) / 100
    chart = Waterfall(
        measure="Score", before_name="30 November 2017", after_name="31 December 2017", before=before,
        after=before + sum(values), steps=tuple(WaterfallStep(name[:26], value) for value in values),
    )  # fmt: skip
    drawing = chart.draw()
    for bar in (mark for mark in drawing.marks if isinstance(mark, Rect)):
        assert exact(bar.x) >= 0
        assert exact(bar.x) + exact(bar.width) <= 101
    rows = [text for text in drawing.texts() if isinstance(text, Text) and text.x == 0]
    assert all(exact(lower.y) - exact(upper.y) >= Fraction(30) for upper, lower in pairwise(rows))
