"""A quantity by two things at once: the number printed in every cell, its shade the eye's way to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Final

from django.utils.translation import gettext as _

from engagement.look.charts.marks import Drawing, Mark, Rect, Text
from engagement.look.charts.room import NARROW, WIDE, width_of
from engagement.look.charts.table import ChartTable
from engagement.look.locales import EN, Locale
from engagement.look.numbers import decimal_text

HEAD: Final = 38  # of the columns' names, the whole row's above them
_ROW: Final = 48
_NAME, _TOP, _TEXT, _BOTTOM = 14, 20, 37, 44  # within a row: baselines of name and number, and the cell's two ends
_BETWEEN: Final = 8  # pixels between a name and the number of its row
_GAP: Final = Fraction(2, 5)  # per cent between two cells
_PLACES: Final = 2


@dataclass(frozen=True, slots=True)
class HeatValue:
    """A number with its shade, 0 (least) to 4 (most), or none at all."""

    value: Decimal | None
    shade: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """`note` stands behind the name: that it is missing data, or why the row is empty."""

    name: str
    total: Decimal | None
    values: tuple[HeatValue, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCellAt:
    """A cell where it is drawn: per cent across, pixels down."""

    row: HeatRow
    column: str
    value: Decimal | None
    shade: int | None
    left: Fraction
    right: Fraction
    top: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """Rows by columns; `total_name` heads the number of the whole row, which has no shade."""

    template: ClassVar[str] = "drawing"
    measure: str
    first: str  # what the rows are
    total_name: str
    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    locale: Locale = EN

    @property
    def height(self) -> int:
        return HEAD + _ROW * len(self.rows)

    def cells(self) -> Iterator[HeatCellAt]:
        """Every cell, row by row."""
        width = Fraction(100, len(self.columns))
        for at, row in enumerate(self.rows):
            top = HEAD + at * _ROW
            for place, (column, value) in enumerate(zip(self.columns, row.values, strict=True)):
                yield HeatCellAt(
                    row=row,
                    column=column,
                    value=value.value,
                    shade=value.shade,
                    left=place * width,
                    right=(place + 1) * width - _GAP,
                    top=top + _TOP,
                    bottom=top + _BOTTOM,
                )

    def draw(self) -> Drawing:
        """A row's name and number stand above its cells, so that long names have room on a phone too."""
        cells = list(self.cells())
        marks: list[Mark] = [
            Rect(
                css="cell-none" if cell.shade is None else f"cell-{cell.shade}",
                x=cell.left,
                width=cell.right - cell.left,
                y=cell.top,
                height=cell.bottom - cell.top,
                title=self.said(cell),
            )
            for cell in cells
        ]
        marks += [*self._heads(cells), *self._names(), *self._numbers(cells)]
        return Drawing(css="chart heatmap", height=self.height, label=self._label(), marks=tuple(marks))

    def said(self, cell: HeatCellAt) -> str:
        """A cell in words."""
        number = _("no number") if cell.value is None else self._text(cell.value)
        return f"{cell.row.name}, {cell.column}: {number}{f' ({cell.row.note})' if cell.row.note else ''}"

    def _heads(self, cells: list[HeatCellAt]) -> Iterator[Text]:
        yield Text(text=self.total_name, x=100, y=14, anchor="end", css="key")
        for cell in cells[: len(self.columns)]:
            yield self._inside(Text(text=cell.column, x=self._middle(cell), y=HEAD - 4, anchor="middle"), cell)

    def _names(self) -> Iterator[Text]:
        for at, row in enumerate(self.rows):
            y, total = HEAD + at * _ROW + _NAME, Text(text=self._text(row.total), x=100, y=0, anchor="end", css="key")
            room = NARROW - width_of(total) - _BETWEEN
            name = f"{row.name} · {row.note}" if row.note else row.name
            yield Text(text=_cut(name, px=room), x=0, y=y, css="" if row.note else "key")
            yield Text(text=total.text, x=100, y=y, anchor="end", css="key")

    def _numbers(self, cells: list[HeatCellAt]) -> Iterator[Text]:
        for cell in cells:
            y = cell.top + _TEXT - _TOP
            text = Text(text=self._text(cell.value), x=self._middle(cell), y=y, anchor="middle", css="key")
            yield self._inside(text, cell)

    @staticmethod
    def _middle(cell: HeatCellAt) -> Fraction:
        return (cell.left + cell.right) / 2

    @staticmethod
    def _inside(text: Text, cell: HeatCellAt) -> Text:
        """A label that has no room in its cell on a phone is left to the table there; where it never has, it is cut."""
        room = cell.right - cell.left
        if width_of(text) <= room * NARROW / 100:
            return text
        shown = text.text if width_of(text) <= room * WIDE / 100 else _cut(text.text, px=room * WIDE / 100)
        return Text(text=shown, x=text.x, y=text.y, anchor=text.anchor, css=text.css, narrow=False)

    def _text(self, value: Decimal | None) -> str:
        return decimal_text(value, places=_PLACES, locale=self.locale)

    def _label(self) -> str:
        rows = "; ".join(
            f"{row.name} {', '.join(map(self._text, (one.value for one in row.values)))}" for row in self.rows
        )
        said = _("{measure} by {first} and {columns}: {rows}")
        return said.format(measure=self.measure, first=self.first, columns=", ".join(self.columns), rows=rows)

    def table(self) -> ChartTable:
        rows = tuple((row.name, row.total, *(one.value for one in row.values), row.note) for row in self.rows)
        return ChartTable(header=(self.first, self.total_name, *self.columns, _("Note")), rows=rows)


def _cut(text: str, *, px: Fraction) -> str:
    """As much of a name as has room, with an ellipsis where that is not all."""
    if width_of(Text(text=text, x=0, y=0, css="key")) <= px:
        return text
    while text and width_of(Text(text=f"{text}…", x=0, y=0, css="key")) > px:
        text = text[:-1]
    return f"{text}…"
