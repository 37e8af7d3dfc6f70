from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from engagement.look.charts import ChartTable, TrendChart, TrendMark, TrendNote, TrendTarget, render
from engagement.look.charts.marks import Plot
from tests.look.charts import TREND, exactly, lines_of, months


def test_it_chooses_its_own_scale_and_says_so() -> None:
    assert exactly(TREND.axis.low, TREND.axis.high, TREND.axis.step) == exactly(60, 80, 5)
    assert TREND.scale_note == "Scale starts at 60."
    low = replace(TREND, marks=(replace(months()[0], value=3, half_width_95=None),), target=None)
    assert exactly(low.axis.low, low.axis.high) == exactly(0, 10)
    assert low.scale_note == ""


def test_a_score_stays_within_0_and_100_and_is_not_magnified() -> None:
    flat = replace(TREND, marks=(replace(months()[0], value=99, half_width_95=None),), target=None)
    assert exactly(flat.axis.low, flat.axis.high) == exactly(90, 100)
    points = replace(flat, bands=None)
    assert exactly(points.axis.low, points.axis.high) == exactly(Decimal("98.5"), 100)


def test_zones_grid_and_target() -> None:
    drawn = lines_of(TREND)
    assert drawn[1:3] == [
        '<rect class="z-good" x="0%" y="18" width="100%" height="110"/>',
        '<rect class="z-poor" x="0%" y="128" width="100%" height="110"/>',
    ]
    labels = [line for line in drawn if 'text-anchor="end"' in line]
    assert labels == [
        '<text x="100%" y="234" text-anchor="end">60</text>',
        '<text x="100%" y="179" text-anchor="end">65</text>',
        '<text x="100%" y="124" text-anchor="end">70</text>',
        '<text x="100%" y="14" text-anchor="end">80</text>',
        '<text class="key" x="100%" y="68" text-anchor="end">Target 75 by 30 June 2018</text>',
    ]
    assert '<line class="target target-dash" x1="0%" x2="100%" y1="73" y2="73"/>' in drawn


def test_line_interval_and_the_unfinished_month() -> None:
    (plot,) = [mark for mark in TREND.draw().marks if isinstance(mark, Plot)]
    interval, line, opened = plot.shapes
    assert (interval.css, line.css, opened.css) == ("ci", "ln", "ln ln-open")
    assert line.path.startswith("3.00,72.10 12.40,68.30 21.80,61.75")
    assert opened.path == "87.60,55.35 97.00,56.30"
    assert len(interval.points) == 20
    assert interval.path.startswith("3.00,65.00 ")
    assert interval.path.endswith(" 3.00,79.20")
    drawn = lines_of(TREND)
    assert '<circle class="dot-open" cx="97%" cy="141.9" r="3.5">' in drawn
    assert "<title>Jan 2018: 68.74, unfinished</title>" in drawn
    assert '<text class="key" x="87.60%" y="170.4" text-anchor="middle">68.9</text>' in drawn


def test_an_unusual_month_is_ringed_with_a_title_and_a_word_in_the_table() -> None:
    odd = replace(TREND.marks[4], unusual="65.1 to 68.3 was to be expected")
    chart = replace(TREND, marks=(*TREND.marks[:4], odd, *TREND.marks[5:]))
    drawn = lines_of(chart)
    assert '<circle class="dot-ring" cx="40.60%" cy="137.5" r="7">' in "\n".join(drawn)
    title = "<title>Jul 2017: 69.14, unusual: 65.1 to 68.3 was to be expected</title>"
    assert title in "\n".join(drawn)
    assert [row[4] for row in chart.table().rows[3:6]] == ["finished", "finished, unusual", "finished"]
    assert chart.draw().label.endswith("Unusual: Jul 2017.")
    assert "dot-ring" not in "\n".join(lines_of(TREND))


def test_notes_stand_on_their_day_and_never_on_each_other() -> None:
    crowded = replace(
        TREND,
        notes=(
            TrendNote(date(2016, 1, 1), "before"),
            TrendNote(date(2017, 8, 1), "first"),
            TrendNote(date(2017, 8, 2), "second"),
            TrendNote(date(2019, 1, 1), "after"),
        ),
    )
    found = [line for line in lines_of(crowded) if 'class="note-dot"' in line]
    assert found == [
        '<circle class="note-dot" cx="3%" cy="226" r="8"/>',
        '<circle class="note-dot" cx="40.90%" cy="226" r="8"/>',
        '<circle class="note-dot" cx="41.21%" cy="206" r="8"/>',
        '<circle class="note-dot" cx="97%" cy="226" r="8"/>',
    ]
    assert "<li><b>2</b>first</li><li><b>3</b>second</li>" in render(crowded)


def test_a_month_without_a_number_is_a_gap() -> None:
    marks = tuple(replace(mark, value=None) if mark.label == "Jun" else mark for mark in months())
    chart = replace(TREND, marks=marks)
    (plot,) = [mark for mark in chart.draw().marks if isinstance(mark, Plot)]
    assert [(shape.css, len(shape.points)) for shape in plot.shapes] == [
        ("ci", 6),
        ("ln", 3),
        ("ci", 12),
        ("ln", 6),
        ("ln ln-open", 2),
    ]
    assert chart.table().rows[3] == ("Jun 2017", None, None, None, "finished")
    assert "Jun 2017" not in chart.draw().label


def test_the_words_give_the_figures() -> None:
    assert TREND.draw().label == (
        "Line chart of the score from Mar 2017, 65.58, to Dec 2017, 68.93; lowest 65.58, highest 69.14."
        " 95 % interval of the last: ± 1.4. Target 75 by 30 June 2018. Jan 2018 is unfinished: 68.74."
    )
    assert TrendChart(measure="Score", marks=()).draw().label == "Line chart of the score: no finished period yet."


def test_the_table_beside_it() -> None:
    table = TREND.table()
    assert table.header == ("Period", "Score", "95 % from", "95 % to", "State")
    assert table.rows[0] == ("Mar 2017", Decimal("65.58"), Decimal("64.16"), Decimal("67.00"), "finished")
    assert table.rows[-1] == ("Jan 2018", Decimal("68.74"), None, None, "unfinished")
    assert isinstance(table, ChartTable)
    assert len(table.rows) == 11


def test_one_period_stands_in_the_middle() -> None:
    mark = TrendMark(as_of=date(2017, 3, 31), label="Mar", full_label="Mar 2017", value=12)
    drawn = render(
        TrendChart(
            measure="Points per customer",
            measured="points per customer",
            marks=(mark,),
            target=TrendTarget(13, "Target 13"),
        )
    )
    assert '<circle class="dot" cx="50%"' in drawn
    assert "z-poor" not in drawn
    assert "Line chart of the points per customer Mar 2017 12.00; lowest 12.00, highest 12.00. Target 13." in drawn
