"""XLSX: days and numbers as they are shown, formulas by their saved result, and workbooks that are made to harm."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import MAC_EPOCH

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.files import open_table, read_events
from engagement.ingest.files.cells import CellFault
from engagement.ingest.files.xlsx_tables import XlsxTable
from engagement.ingest.types import EventIn, Rejection
from tests.ingest.made_files import LIMIT, PARTS, by_hand, packed, sheet_xml, workbook, write

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
TEXT = '<c r="{0}" t="inlineStr"><is><t>{1}</t></is></c>'
MORNING = datetime(2025, 12, 31, 8, 15)  # noqa: DTZ001  a workbook knows no zones
HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>customer</t></is></c></row>'


def cells(content: bytes) -> list[tuple[object, ...]]:
    with XlsxTable(io.BytesIO(content), limit_bytes=LIMIT) as table:
        return [row.cells for row in table.rows()]


def events(content: bytes, folder: Path) -> list[EventIn | Rejection]:
    with open_table(write(folder, "a.xlsx", content), limit_bytes=LIMIT) as table:
        zone = ZoneInfo("Europe/Berlin")
        return list(read_events(table, time_zone=zone, received_at=RECEIVED, file_digest="ab" * 32))


def row_of(*values: str, number: int = 2) -> str:
    return "".join(TEXT.format(f"{letter}{number}", value) for letter, value in zip("ABCDEF", values, strict=False))


def test_values_are_what_the_sheet_shows() -> None:
    values = (5, 12.5, "007", True, date(2025, 12, 31), MORNING, time(8, 15), None, "x\ny", " ")
    (found,) = cells(workbook(tuple("abcdefghij"), values))
    assert found == (*values[:-1], None)
    assert [type(cell) for cell in found[4:7]] == [date, datetime, time]


def test_days_of_workbooks_that_begin_in_1904() -> None:
    book = Workbook()
    book.epoch = MAC_EPOCH
    book.active.append(["a"])
    book.active.append([date(2025, 12, 31)])
    target = io.BytesIO()
    book.save(target)
    assert cells(target.getvalue()) == [(date(2025, 12, 31),)]


def test_days_and_times_become_those_of_the_event(tmp_path: Path) -> None:
    moment = MORNING.replace(hour=0, minute=0)
    content = workbook(
        ("customer", "event", "date", "time", "since"),
        (42, "visit", date(2025, 12, 31), time(8, 15), date(2020, 1, 1)),
        (42.0, "visit", moment, None, moment),
    )
    first, second = events(content, tmp_path)
    assert isinstance(first, EventIn)
    assert isinstance(second, EventIn)
    assert (first.external_id, second.external_id) == ("42", "42")
    assert first.occurred_at == datetime(2025, 12, 31, 7, 15, tzinfo=UTC)
    assert first.properties == {"since": "2020-01-01"}


def test_the_first_sheet_counts_and_blank_rows_do_not(tmp_path: Path) -> None:
    book = Workbook()
    for title, name in (("second", "no"), ("first", "c1")):
        sheet = book.create_sheet(title, 0)
        sheet["B3"], sheet["C3"], sheet["D3"] = "customer", "event", "date"
        sheet["B9"], sheet["C9"], sheet["D9"] = name, "visit", "2025-12-31"
    target = io.BytesIO()
    book.save(target)
    with open_table(write(tmp_path, "a.xlsx", target.getvalue()), limit_bytes=LIMIT) as table:
        assert table.columns == ("", "customer", "event", "date")
        (row,) = table.rows()
    assert (row.position, row.line, row.cells) == (1, 9, (None, "c1", "visit", "2025-12-31"))


def test_of_merged_cells_the_first_holds_the_value(tmp_path: Path) -> None:
    book = Workbook()
    for row in (("customer", "event", "date"), ("c1", "visit", "2025-12-31"), ("", "visit", "2025-12-30")):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    target = io.BytesIO()
    book.save(target)
    first, second = events(target.getvalue(), tmp_path)
    assert isinstance(first, EventIn)
    assert isinstance(second, Rejection)
    assert (second.code, second.line) == ("missing_customer", 3)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A2"><f>1+1</f><v>2</v></c>', 2),
        ('<c r="A2" t="str"><f>"a"</f><v>a</v></c>', "a"),
        ('<c r="A2"><f>1+1</f></c>', CellFault("formula", "A2")),
        ('<c r="A2"><f>1+1</f><v></v></c>', CellFault("formula", "A2")),
        ('<c r="A2" t="e"><v>#N/A</v></c>', CellFault("error_value", "#N/A")),
        ('<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', CellFault("error_value", "#DIV/0!")),
        ('<c r="A2" t="e"><v>&lt;b&gt;</v></c>', CellFault("error_value", "#?")),
        ('<c r="A2"><v>NaN</v></c>', CellFault("unreadable_cell", "A2")),
        ('<c r="A2"><v>1e400</v></c>', CellFault("unreadable_cell", "A2")),
        ('<c r="A2"><v>five</v></c>', CellFault("unreadable_cell", "A2")),
        ('<c r="A2" t="s"><v>7</v></c>', CellFault("unreadable_cell", "A2")),
        ('<c r="A2" t="s"><v>-1</v></c>', CellFault("unreadable_cell", "A2")),
        ('<c r="A2" t="d"><v>2025-12-31T08:00:00Z</v></c>', datetime(2025, 12, 31, 8, tzinfo=UTC)),
        ('<c r="A2" t="d"><v>soon</v></c>', CellFault("unreadable_cell", "A2")),
        ('<c r="A2"><v>1.7645472E+12</v></c>', 1764547200000),
        ('<c r="A2"><v>0.30000000000000004</v></c>', 0.30000000000000004),
        ('<c r="A2" t="b"><v>0</v></c>', False),
        (TEXT.format("A2", "=cmd|'/c calc'!A1"), "=cmd|'/c calc'!A1"),
        (TEXT.format("A2", "a_x000D_b"), "a\rb"),
        (TEXT.format("A2", "_xD83D__xDE00_"), "\N{GRINNING FACE}"),
        (TEXT.format("A2", "_xD83D_"), CellFault("half_character")),
        ('<c r="A2" t="inlineStr"><is><r><t>a</t></r><rPh><t>no</t></rPh><r><t>b</t></r></is></c>', "ab"),
        (TEXT.format("A2", "x" * 40_000), CellFault("too_long")),
        ("<c><v>5</v></c>", 5),
    ],
)
def test_single_cells(cell: str, value: object) -> None:
    content = packed(sheet_xml(f'{HEAD}<row r="2">{cell}</row><row r="3">{TEXT.format("A3", "end")}</row>'))
    (first,), (last,) = cells(content)
    assert first == value
    assert type(first) is type(value)
    assert last == "end"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (f'{row_of("c1", "visit")}<c r="C2"><f>TODAY()</f></c>', "formula"),
        (f'{row_of("c1")}<c r="B2" t="e"><v>#REF!</v></c>{TEXT.format("C2", "2025-12-31")}', "error_value"),
        (f"{row_of('c1', 'visit', '2025-12-31')}{TEXT.format('E2', 'beyond')}", "wrong_field_count"),
        (row_of("c1", "visit", "soon"), "invalid_time"),
        (row_of("c_x0000_1", "visit", "2025-12-31"), "nul_character"),
        (row_of("c1", "x" * 40_000, "2025-12-31"), "too_long"),
        ('<c r="A2" t="b"><v>1</v></c>' + TEXT.format("B2", "visit") + TEXT.format("C2", "2025-12-31"), "invalid_id"),
    ],
)
def test_a_row_that_cannot_be_used_costs_itself_only(tmp_path: Path, row: str, code: str) -> None:
    good = row_of("c2", "visit", "2025-12-31", number=3)
    first, second = events(by_hand(row, good), tmp_path)
    assert isinstance(first, Rejection)
    assert (first.position, first.line, first.code) == (1, 2, code)
    assert first.original
    assert first.reason.isprintable()
    assert "{" not in first.reason
    assert isinstance(second, EventIn)


def test_an_error_matters_only_where_the_cell_is_needed(tmp_path: Path) -> None:
    from engagement.ingest.files import Mapping

    header = row_of("customer", "event", "date", "note", number=1)
    row = f'{row_of("c1", "visit", "2025-12-31")}<c r="D2" t="e"><v>#N/A</v></c>'
    path = write(tmp_path, "a.xlsx", packed(sheet_xml(f'<row r="1">{header}</row><row r="2">{row}</row>')))
    roles = {"customer": "customer", "event": "event", "time": "date"}

    def read(kept: tuple[str, ...] | None) -> EventIn | Rejection:
        with open_table(path, limit_bytes=LIMIT) as table:
            mapping = Mapping(roles, kept=kept)
            zone = ZoneInfo("UTC")
            (found,) = read_events(table, mapping, time_zone=zone, received_at=RECEIVED, file_digest="ab" * 32)
        return found

    assert isinstance(read(()), EventIn)
    refused = read(None)
    assert isinstance(refused, Rejection)
    assert refused.reason == "A cell holds the error #N/A."
    assert refused.original == b"c1,visit,2025-12-31,#N/A\n"


# ── workbooks that are made to harm ──────────────────────────────────────────────────────────────────────────────────


def _zeros(size: int) -> bytes:
    return sheet_xml(f"{HEAD}<!--{'0' * size}-->").encode()


def _with_entries(count: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        for number in range(count):
            archive.writestr(f"xl/media/{number}", b"")
    return target.getvalue()


def _patched(content: bytes, offset: int, form: str, value: int) -> bytes:
    at = content.rindex(b"PK\5\6") + offset
    return content[:at] + struct.pack(form, value) + content[at + struct.calcsize(form) :]


LAUGHS = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
GOOD = by_hand(row_of("c1", "visit", "2025-12-31"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed(_zeros(30_000_000)), "unpacks to far more than it is"),
        (packed(sheet_xml(HEAD), parts={"xl/styles.xml": "<a>" + " " * 17_000_000 + "</a>"}), "far more than it is"),
        (packed(sheet_xml(HEAD), parts={"xl/sharedStrings.xml": _zeros(30_000_000)}), "far more than it is"),
        (_with_entries(3_000), "far more than it is"),
        (_patched(GOOD, 12, "<L", 2**31), "far more than it is"),
        (packed(LAUGHS + sheet_xml(HEAD)[55:]), "document type"),
        (packed(OUTSIDE + sheet_xml(HEAD)[55:]), "document type"),
        (packed(sheet_xml(HEAD), parts={"xl/workbook.xml": LAUGHS + "<workbook/>"}), "document type"),
        (packed(sheet_xml(HEAD), parts={"xl/sharedStrings.xml": LAUGHS + "<sst/>"}), "document type"),
        (packed("<a>" * 100), "damaged"),
        (packed("<a " + f'b="{"x" * 3_000_000}"/>'), "far more than it is|damaged"),
        (packed(sheet_xml(HEAD)[:-20]), "damaged"),
        (packed(b"\xff\xfe\x00"), "damaged"),
        *((packed(sheet_xml(HEAD).replace("UTF-8", name)), "damaged") for name in ("foo", "shift_jis", "big5", "hex")),
        (packed(sheet_xml(HEAD), parts={"xl/workbook.xml": "<workbook/>"}), "no sheet with rows"),
        (packed(sheet_xml("")), "The file is empty"),
        (packed(sheet_xml('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>')), "first line cannot be read"),
        (GOOD[:-30], "damaged"),
        (GOOD[: len(GOOD) // 2], "damaged"),
        (b"PK\3\4" + b"\0" * 100, "damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old workbook .* or has a password"),
    ],
)
def test_workbooks_that_are_refused(content: bytes, message: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises((InvalidInputError, TooLargeError), match=message):
            cells(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000


def test_a_zip_that_is_no_workbook_says_so() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("events.csv", "customer,event,date\n")
    with pytest.raises(InvalidInputError, match=r"no XLSX workbook\. Unpack it"):
        cells(target.getvalue())


def test_more_than_the_limit_is_not_unpacked() -> None:
    with pytest.raises(TooLargeError, match="2,000 bytes"):
        XlsxTable(io.BytesIO(workbook(("customer",), *((f"c{number}",) for number in range(500)))), limit_bytes=2_000)


def test_a_row_far_below_costs_no_rows_between() -> None:
    content = packed(sheet_xml(f'{HEAD}<row r="999999999999">{TEXT.format("A9", "end")}</row>'))
    assert cells(content) == [("end",)]


def test_many_texts_lie_on_disk() -> None:
    texts = "".join(f"<si><t>{number:030d}</t></si>" for number in range(300_000))
    body = "".join(f'<row><c t="s"><v>{number}</v></c></row>' for number in (0, 299_999, 5))
    content = packed(sheet_xml(HEAD + body), parts={"xl/sharedStrings.xml": f"<sst>{texts}</sst>"})
    tracemalloc.start()
    try:
        assert [row[0] for row in cells(content)] == [f"{number:030d}" for number in (0, 299_999, 5)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000  # 300,000 texts in memory would be 24 MB and their list


def peak_of(content: bytes) -> tuple[int, int]:
    """How many rows it has, and what reading them one by one takes."""
    tracemalloc.start()
    try:
        with XlsxTable(io.BytesIO(content), limit_bytes=LIMIT) as table:
            return sum(1 for _ in table.rows()), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_cell_far_to_the_right_costs_no_cells_between() -> None:
    rows = "".join(f'<row><c r="XFD1"><v>{number * 7919}</v></c></row>' for number in range(3_000))
    count, peak = peak_of(packed(sheet_xml(HEAD + rows)))
    assert count == 3_000
    assert peak < 20_000_000


def test_long_shared_texts_are_not_kept_at_hand() -> None:
    texts = "".join(f"<si><t>{random.Random(number).randbytes(15_000).hex()}</t></si>" for number in range(100))
    rows = "".join(f'<row><c t="s"><v>{number % 100}</v></c></row>' for number in range(2_000))
    content = packed(sheet_xml(HEAD + rows), parts={"xl/sharedStrings.xml": f"<sst>{texts}</sst>"})
    count, peak = peak_of(content)
    assert count == 2_000
    assert peak < 20_000_000


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=6))
def test_whatever_is_spoilt_in_a_workbook_it_is_read_or_refused(at: int, spoilt: bytes) -> None:
    content = GOOD[:at] + spoilt + GOOD[at + len(spoilt) :]
    try:
        found = cells(content)
    except (InvalidInputError, TooLargeError):
        return
    assert len(found) <= 1
