"""One cell, whatever the file says it is, as what a role or a property needs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from engagement.ingest.contracts.values import EXACT_FLOAT, FLAWS, INTEGER_MAX, INTEGER_MIN, MESSAGE_LIMIT, RefusedError
from engagement.language import noop

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_EXACT_CHARACTERS = 16  # 15 digits and the point: such a decimal survives the way through a double


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that cannot be used, which matters where it is needed: a code of `FAULTS`, and what of it."""

    code: str
    detail: str = ""

    def __str__(self) -> str:
        return self.detail or "\N{REPLACEMENT CHARACTER}"


FAULTS: Final = {
    "quotes": (
        noop("The quotation marks of this row do not match."),
        noop("Close every quotation mark, and write a quotation mark inside a text twice."),
    ),
    "too_long": (
        f"This row is longer than {MESSAGE_LIMIT:,} bytes.",
        "Shorten the texts of this row, or leave columns out.",
    ),
    "not_json": (
        noop("This line is not readable JSON."),
        noop("Write one JSON object on each line, without line ends inside it."),
    ),
    "not_object": (
        noop("This line is JSON, but no object."),
        noop('Write one object on each line, for example {"customer": "c-1042"}.'),
    ),
    "error_value": (
        "A cell holds the error {detail}.",
        noop("Mend the formula in the spreadsheet, or empty the cell."),
    ),
    "formula": (
        "The formula in cell {detail} was saved without its result.",
        noop("Open the file in a spreadsheet program and save it again, or paste the values over the formulas."),
    ),
    "unreadable_cell": (
        "The cell {detail} cannot be read.",
        noop("Write the value anew, as text if need be."),
    ),
    **FLAWS,
}
"""Code of the fault of a row or cell to reason and remedy; where a reason says {detail}, that is put in."""


def fault_of(code: str, detail: str) -> RefusedError:
    """The refusal that a fault stands for."""
    reason, remedy = FAULTS[code]
    return RefusedError(code, reason.replace("{detail}", detail), remedy)


class CsvLines:
    """Writes cells of a form that is no text as lines of CSV, for whoever has to mend a row."""

    def __init__(self) -> None:
        self._line = io.StringIO(newline="")
        self._writer = csv.writer(self._line, lineterminator="\n")

    def of(self, cells: Iterable[object]) -> bytes:
        """The line, with its end."""
        self._line.seek(0)
        self._line.truncate()
        self._writer.writerow([shown_text(cell) for cell in cells])
        return self._line.getvalue().encode()


def shown_text(cell: object) -> str:
    """The cell as text, whatever it is: for showing, never refused."""
    return str(cell) if isinstance(cell, CellFault) else text_of(cell)


def text_of(cell: object) -> str:
    """The cell as text without outer blanks, "" where nothing stands in it; 42.0 is "42", a day "2025-12-31".

    Refuses a cell that cannot be used.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT_FLOAT else repr(cell)
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, date | datetime | time):
        return cell.isoformat()
    if isinstance(cell, CellFault):
        raise fault_of(cell.code, cell.detail)
    return "" if cell is None else str(cell)


def property_of(text: str) -> int | float | str:
    """A cell as a number where nothing of it is lost, else as text.

    Numbers: "5" is 5 and "12.50" is 12.5. Text: "007", "+49", "1,5", "1e3", whole numbers beyond 64 bits, and
    decimals of more than 15 digits.
    """
    if _WHOLE.fullmatch(text):
        whole = int(text)
        return whole if INTEGER_MIN <= whole <= INTEGER_MAX and text != "-0" else text
    if _FRACTION.fullmatch(text) and len(text.lstrip("-")) <= _EXACT_CHARACTERS:
        return float(text)
    return text


def value_of(cell: object) -> object:
    """A cell that is no text as the value of a property: numbers where nothing of them is lost, days and times as text.

    Lists and objects of JSON stay what they are. Refuses a cell that cannot be used.
    """
    if isinstance(cell, CellFault):
        raise fault_of(cell.code, cell.detail)
    if isinstance(cell, Decimal):
        return property_of(format(cell, "f"))
    if isinstance(cell, date | datetime | time):
        return cell.isoformat()
    return cell
