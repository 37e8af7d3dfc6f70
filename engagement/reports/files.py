"""A document's tables as XLSX and CSV: all of them, with every decimal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from engagement.look.charts.table import csv_cell
from engagement.reports.document import tables_of

_LONGEST_TITLE = 31  # of a sheet
_NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def _cells(row: list[dict[str, Any]]) -> list[str | Decimal]:
    """A row as it goes into files: the exact number where there is one, else the text."""
    return [cell["text"] if cell["value"] is None else Decimal(cell["value"]) for cell in row]


def _about(document: dict[str, Any], sha256: str) -> Iterator[tuple[str, str]]:
    yield "Organisation", document["organisation"]
    yield "About", document["about"]
    yield "Period", document["period"]["days"]
    yield "Headline", document["headline"]
    yield "Version", str(document["version"])
    yield "Published", document["published_at"]
    for name in ("run", "weight_set", "window_days", "n", "score", "previous_as_of"):
        yield name, "" if document["basis"][name] is None else str(document["basis"][name])
    yield "SHA-256", sha256


def csv_of(*, document: dict[str, Any], sha256: str) -> str:
    """All tables one below the other, each under a line with its title; plain numbers with a point."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerows([csv_cell(name), csv_cell(value)] for name, value in _about(document, sha256))
    for table in tables_of(document):
        writer.writerow([])
        writer.writerow([csv_cell(table["title"])])
        writer.writerow([csv_cell(name) for name in table["header"]])
        writer.writerows([csv_cell(cell) for cell in _cells(row)] for row in table["rows"])
    return stream.getvalue()


def xlsx_of(*, document: dict[str, Any], sha256: str) -> bytes:
    """A sheet for what the report is about and one for each table; numbers are numbers, texts are never formulas."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Report")
    for name, value in _about(document, sha256):
        sheet.append([_text(sheet, name), _text(sheet, value)])
    for at, table in enumerate(tables_of(document), start=1):
        title = f"{at} {table['title'].translate(_NOT_IN_TITLES)}"[:_LONGEST_TITLE].strip()
        sheet = book.create_sheet(title)
        sheet.append([_text(sheet, name) for name in table["header"]])
        for row in table["rows"]:
            sheet.append([cell if isinstance(cell, Decimal) else _text(sheet, cell) for cell in _cells(row)])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _text(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    """A cell that a spreadsheet shows and never runs, whatever it begins with."""
    cell = WriteOnlyCell(sheet, value="".join(sign for sign in text if sign >= " " or sign in "\t\n"))
    cell.data_type = "s"
    return cell
