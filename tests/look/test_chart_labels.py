"""No two labels of a chart touch, at any width a reader may have, whatever the figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.look.bands import Bands
from engagement.look.charts import Chart, IndustryRange, LinePlain, LinePoint, ScaleChart, TrendChart, TrendTarget
from engagement.look.charts.marks import Drawing, Text
from engagement.look.charts.room import fits, span_of, thinned, touch, width_of, yielding
from tests.look.charts import ALL, months

SCORES = st.integers(0, 10_000).map(lambda cents: Fraction(cents, 100))
HALF_WIDTHS = st.one_of(st.none(), st.integers(1, 1500).map(lambda cents: Fraction(cents, 100)))


def collisions(drawing: Drawing, *, width: int) -> list[tuple[str, str]]:
    """Pairs that touch, and labels that leave the drawing, of those shown at a width."""
    shown = [text for text in drawing.texts() if text.narrow or width > 320]
    pairs = [
        (a.text, b.text) for index, a in enumerate(shown) for b in shown[:index] if touch(a, b, width=width, gap=0)
    ]
    return pairs + [(text.text, "edge") for text in shown if not fits(text, width=width, edge=12)]


def clear(drawing: Drawing) -> bool:
    return [collisions(drawing, width=width) for width in (288, 360, 720)] == [[], [], []]


@pytest.mark.parametrize("chart", ALL.values(), ids=ALL.keys())
def test_the_sample_charts(chart: Chart) -> None:
    assert clear(chart.draw())


@given(SCORES, SCORES, HALF_WIDTHS, st.booleans())
@settings(max_examples=200)
def test_any_score_and_any_target(score: Fraction, target: Fraction, half: Fraction | None, industry: bool) -> None:
    published = IndustryRange("Financial services", 70, 85) if industry else None
    drawing = ScaleChart(score=score, target=target, half_width_95=half, industry=published).draw()
    assert clear(drawing)
    assert sum(text.css == "key" for text in drawing.texts()) == 2


@given(st.integers(1, 98), st.data())
def test_any_thresholds(good: int, data: st.DataObject) -> None:
    excellent = data.draw(st.integers(good + 1, 99))
    bands = Bands(good=Decimal(good), excellent=Decimal(excellent))
    for chart in (ScaleChart(score=50, bands=bands), ScaleChart(bands=bands)):
        words = collisions(chart.draw(), width=360)
        assert words == []


@given(st.lists(st.one_of(st.none(), SCORES), min_size=1, max_size=30), SCORES, HALF_WIDTHS, st.booleans())
@settings(max_examples=100)
def test_any_trend(values: list[Fraction | None], target: Fraction, half: Fraction | None, banded: bool) -> None:
    base = months()[0]
    marks = tuple(replace(base, value=value, half_width_95=half, label="Mar") for value in values)
    words = TrendTarget(target, f"Target {float(target):g}")
    chart = TrendChart(measure="Score", marks=marks, bands=Bands() if banded else None, target=words)
    keys = [text for text in chart.draw().texts() if text.css == "key"]
    assert not [(a.text, b.text) for index, a in enumerate(keys) for b in keys[:index] if touch(a, b, gap=0)]
    ticks = [text for text in chart.draw().texts() if not text.css and text.anchor == "end"]
    assert not [(key.text, tick.text) for key in keys for tick in ticks if touch(key, tick)]
    assert all(fits(key, edge=12) for key in keys)


@given(st.lists(st.integers(-500, 100_000), min_size=1, max_size=24), st.integers(1, 2000))
@settings(max_examples=100)
def test_any_points(values: list[int], full_points: int) -> None:
    points = tuple(LinePoint("Mar", "Mar 2017", value) for value in values)
    chart = LinePlain(measure="Points", points=points, reference=full_points)
    keys = [text for text in chart.draw().texts() if text.css == "key"]
    assert len(keys) in {2, 3}
    assert all(fits(key, edge=12) for key in keys)
    assert not [(a.text, b.text) for index, a in enumerate(keys) for b in keys[:index] if touch(a, b, gap=0)]
    assert keys[0].text == f"Full points {full_points:,}"


def test_the_check_sees_a_collision() -> None:
    near = [Text(text="68.9", x=50, y=60), Text(text="Target 70", x=52, y=62)]
    assert collisions(Drawing(css="chart", label="", marks=tuple(near)), width=288) == [("Target 70", "68.9")]
    beyond = Text(text="Target 100", x=100, y=60)
    assert collisions(Drawing(css="chart", label="", marks=(beyond,)), width=288) == [("Target 100", "edge")]


def test_where_a_label_lies() -> None:
    text = Text(text="100", x=50, y=10)
    assert width_of(text) == Fraction(22896, 1000)
    assert width_of(replace(text, css="key")) == Fraction(22896 * 113, 100_000)
    assert span_of(replace(text, anchor="middle"), width=200) == (Fraction(88552, 1000), Fraction(111448, 1000))
    assert span_of(replace(text, anchor="end", dx=4), width=200) == (Fraction(81104, 1000), Fraction(104))


def test_who_gives_way() -> None:
    label = Text(text="100", x=100, y=60, anchor="end")
    assert yielding(label, ()) == label
    assert yielding(label, (Text(text="Target 75", x=75, y=60, css="key", dx=-2),)) == replace(label, narrow=False)
    assert yielding(label, (Text(text="Target 99", x=100, y=60, css="key", anchor="end"),)) is None


def test_a_crowded_row_is_thinned_evenly_from_its_end() -> None:
    row = [Text(text=f"W{week}", x=Fraction(100 * week, 51), y=164, anchor="middle") for week in range(52)]
    kept = [(text.text, text.narrow) for text in thinned(row)]
    assert kept[-1] == ("W51", True)
    steps = {int(a[0][1:]) - int(b[0][1:]) for a, b in zip(kept[1:], kept, strict=False)}
    assert len(steps) == 1
    assert steps < set(range(2, 12))
    assert thinned([]) == ()
