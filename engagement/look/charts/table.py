"""The table beside every chart: the same figures, for reading and as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engagement.look.locales import EN, Locale
from engagement.look.numbers import decimal_text

Cell = str | int | Decimal | None

# A spreadsheet runs a cell that begins like this as a formula, and names come from customers' own data.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell as printed; numbers are set to the right."""

    text: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class ChartTable:
    """A header and rows of equal length; None is "no value", a Decimal is printed with the decimals it has."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError("every row of a table has as many cells as its header")

    def printed(self, *, locale: Locale = EN) -> tuple[tuple[TableCell, ...], ...]:
        return tuple(tuple(_printed(cell, locale) for cell in row) for row in self.rows)

    def columns(self) -> tuple[TableCell, ...]:
        """The header, each column marked as numbers or not by its first value."""
        return tuple(
            TableCell(text=title, is_number=_is_number_column([row[index] for row in self.rows]))
            for index, title in enumerate(self.header)
        )

    def csv(self) -> str:
        """The table as CSV: plain numbers with a point, empty for none, no cell that a spreadsheet would run."""
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow([csv_cell(title) for title in self.header])
        writer.writerows([[csv_cell(cell) for cell in row] for row in self.rows])
        return stream.getvalue()


def _is_number_column(cells: Sequence[Cell]) -> bool:
    return next((not isinstance(cell, str) for cell in cells if cell is not None), False)


def _printed(cell: Cell, locale: Locale) -> TableCell:
    if isinstance(cell, str):
        return TableCell(text=cell, is_number=False)
    exponent = cell.as_tuple().exponent if isinstance(cell, Decimal) else 0
    places = max(-exponent, 0) if isinstance(exponent, int) else 0
    return TableCell(text=decimal_text(cell, places=places, locale=locale), is_number=True)


def csv_cell(cell: Cell) -> str:
    """A cell of a CSV file: plain numbers, empty for none, and nothing that a spreadsheet would run."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_FORMULA_STARTS) else text
