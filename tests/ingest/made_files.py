"""Files made for tests: workbooks written by openpyxl or by hand, Parquet by pyarrow."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

LIMIT = 100_000_000

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS: Mapping[str, str] = {
    "[Content_Types].xml": f"{_HEAD}<Types/>",
    "xl/workbook.xml": (
        f'{_HEAD}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_HEAD}<Relationships><Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>"
    ),
}
"""What a workbook needs beside its sheet."""


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(*rows: Sequence[Any]) -> bytes:
    """A workbook of one sheet as openpyxl writes it."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sheet_xml(rows: str) -> str:
    return f"{_HEAD}<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>"


def packed(sheet: str | bytes, *, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """A workbook by hand: the XML of its sheet, and parts that take the place of the usual ones."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": sheet, **(parts or {})}.items():
            archive.writestr(name, text)
    return target.getvalue()


def by_hand(*rows: str) -> bytes:
    """A workbook with a header `customer,event,date` (inline) and rows of XML cells."""
    header = "".join(
        f'<c r="{place}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for place, name in (("A", "customer"), ("B", "event"), ("C", "date"))
    )
    body = "".join(f'<row r="{number}">{cells}</row>' for number, cells in enumerate(rows, start=2))
    return packed(sheet_xml(f'<row r="1">{header}</row>{body}'))


def parquet(columns: Mapping[str, Any], **options: Any) -> bytes:
    """A Parquet file of these columns (lists or arrays)."""
    target = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), target, **options)
    return target.getvalue()
