"""The fan: its picture, its words for who does not see it, and its table."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from engagement.look.charts.marks import Dot, Plot, Text
from tests.look.charts import FAN, exactly


def test_both_intervals_begin_where_the_known_line_ends() -> None:
    (plot,) = [mark for mark in FAN.draw().marks if isinstance(mark, Plot)]
    wide, near, known, middle = plot.shapes
    assert [shape.css for shape in plot.shapes] == ["ci", "ci", "ln", "ln ln-open"]
    assert wide.points[0] == near.points[0] == known.points[-1] == middle.points[0]
    assert (len(wide.points), len(known.points), len(middle.points)) == (11, 10, 6)
    lowest = max(down for _across, down in wide.points)
    assert lowest > max(down for _across, down in near.points)


def test_an_unusual_point_is_a_ring() -> None:
    dots = [mark for mark in FAN.draw().marks if isinstance(mark, Dot)]
    assert [dot.title for dot in dots if dot.css == "dot-open"] == ["Jul 2017: 69.1"]
    assert len([dot for dot in dots if dot.css == "dot"]) == len(FAN.points) - 1


def test_it_is_told_to_who_does_not_see_it() -> None:
    assert FAN.draw().label == (
        "Line chart: Score 68.9 in Dec 2017. Forecast for May 2018: 68.9, 80 % interval 63.9 to 73.9, "
        "95 % 60.9 to 76.9. Target 75."
    )
    assert replace(FAN, steps=(), target=None).draw().label == "Line chart: Score 68.9 in Dec 2017."


def test_its_table_has_every_number() -> None:
    table = FAN.table()
    assert len(table.rows) == len(FAN.points) + len(FAN.steps)
    assert [row[2] for row in table.rows] == [*["known"] * 4, "unusual", *["known"] * 5, *["forecast"] * 5]
    assert table.rows[-1] == (
        "May 2018", Decimal("68.90"), "forecast", Decimal("63.90"), Decimal("73.90"), Decimal("60.90"), Decimal("76.90")
    )  # fmt: skip


def test_the_due_day_stands_where_it_lies_and_gives_way_to_words() -> None:
    (due,) = [mark for mark in FAN.draw().marks if isinstance(mark, Text) and mark.text == "due 15 Apr"]
    march, april = (FAN.x(step.as_of) for step in FAN.steps[2:4])
    across = FAN.x(FAN.due_on) if FAN.due_on else None
    assert across is not None
    assert march < across < april
    assert exactly(due.x)[0] in {across, 100}
    beyond = replace(FAN, steps=(), target=None)
    assert not [mark for mark in beyond.draw().marks if isinstance(mark, Text) and mark.text == "due 15 Apr"]


def test_the_scale_holds_intervals_and_target() -> None:
    assert FAN.axis.low <= Decimal("60.9")
    assert FAN.axis.high >= Decimal("76.9")
    assert replace(FAN, steps=()).axis.high >= 75
