"""Tables of a report: what is printed, with the exact value of each number beside it."""

from __future__ import annotations

from engagement.look.charts.table import Cell as ChartCell
from engagement.look.charts.table import ChartTable
from engagement.look.exact import Number, six_places
from engagement.look.locales import Locale
from engagement.reports.types import Cell, Table


def number(text: str, value: Number | None) -> Cell:
    """A printed number with its exact value, to six decimals where it has more."""
    return Cell(text, None if value is None else _plain(value))


def _plain(value: Number) -> str:
    text = six_places(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def table_of(chart: ChartTable, *, title: str, locale: Locale) -> Table:
    """The table beside a chart."""
    rows = tuple(
        tuple(Cell(printed.text, _exact(cell)) for printed, cell in zip(shown, kept, strict=True))
        for shown, kept in zip(chart.printed(locale=locale), chart.rows, strict=True)
    )
    return Table(title, chart.header, tuple(column.is_number for column in chart.columns()), rows)


def _exact(cell: ChartCell) -> str | None:
    return None if cell is None or isinstance(cell, str) else f"{cell:f}" if not isinstance(cell, int) else str(cell)
