"""What was expected stands beside what was found: drawn, in words and in the table."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from engagement.look.charts.marks import Dot
from tests.look.charts import EXPECTED, INTERVALS


def test_an_open_dot_stands_where_the_number_was_expected() -> None:
    assert (EXPECTED.axis.low, EXPECTED.axis.high) == (0, 90)  # 9 was expected, and no interval goes there
    dots = [mark for mark in EXPECTED.draw().marks if isinstance(mark, Dot) and mark.css == "dot-open"]
    assert [dot.cx for dot in dots] == [2 + Fraction(96 * 83, 90), 2 + Fraction(96 * 9, 90)]
    assert "1: score 0–6.7 81.0, interval 72.5 to 87.1, expected 83.0;" in EXPECTED.label()


def test_the_table_has_a_column_for_it_where_anything_was_expected() -> None:
    table = EXPECTED.table()
    assert (table.header[-1], [row[-1] for row in table.rows]) == ("Expected", [Decimal(83), Decimal(9), None])
    assert len(INTERVALS.table().header) == 4
    assert "expected" not in INTERVALS.label()
