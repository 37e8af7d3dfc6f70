"""Parquet: values exact, times with and without a zone, and files that are damaged or made to harm."""

from __future__ import annotations

import io
import subprocess
import sys
import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.errors import InvalidInputError, TooLargeError
from engagement.ingest.files import open_table, read_events
from engagement.ingest.files.cells import CellFault
from engagement.ingest.files.parquet_tables import ParquetTable
from engagement.ingest.types import EventIn, Rejection
from tests.ingest.made_files import LIMIT, parquet, write

RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
BASE = {"customer": ["c1"], "event": ["visit"], "date": ["2025-12-31"]}


def cells(content: bytes) -> list[tuple[object, ...]]:
    with ParquetTable(io.BytesIO(content), limit_bytes=LIMIT) as table:
        return [row.cells for row in table.rows()]


def events(content: bytes, folder: Path) -> list[EventIn | Rejection]:
    with open_table(write(folder, "a.parquet", content), limit_bytes=LIMIT) as table:
        zone = ZoneInfo("Europe/Berlin")
        return list(read_events(table, time_zone=zone, received_at=RECEIVED, file_digest="ab" * 32))


@pytest.mark.parametrize(
    ("array", "value"),
    [
        (pa.array([5], pa.int8()), 5),
        (pa.array([2**64 - 1], pa.uint64()), 2**64 - 1),
        (pa.array([0.5], pa.float32()), 0.5),
        (pa.array([float("nan")]), CellFault("number_not_finite", "nan")),
        (pa.array([float("inf")]), CellFault("number_not_finite", "inf")),
        (pa.array([Decimal("12.50")], pa.decimal128(10, 2)), Decimal("12.50")),
        (pa.array([True]), True),
        (pa.array([None], pa.string()), None),
        (pa.array([None], pa.null()), None),
        (pa.array(["é"], pa.large_string()), "é"),
        (pa.array([b"ab"], pa.binary()), "ab"),
        (pa.array([b"\xff"], pa.binary()), CellFault("not_utf8")),
        (pa.array([b"\xed\xa0\x80"], pa.binary()), CellFault("not_utf8")),
        (pa.array(["x" * 70_000]), CellFault("too_long")),
        (pa.array(["a"]).dictionary_encode(), "a"),
        (pa.array([date(2025, 12, 31)], pa.date32()), date(2025, 12, 31)),
        (pa.array([date(2025, 12, 31)], pa.date64()), date(2025, 12, 31)),
        (pa.array([2**31 - 1], pa.int32()).cast(pa.date32()), CellFault("unreadable_cell", "v")),
        (pa.array([8 * 3600], pa.int32()).cast(pa.time32("s")), time(8)),
        (pa.array([1_764_547_200_000], pa.timestamp("ms")), datetime(2025, 12, 1)),  # noqa: DTZ001  without a zone
        (pa.array([1_764_547_200_000_000_001], pa.timestamp("ns", "UTC")), datetime(2025, 12, 1, tzinfo=UTC)),
        (pa.array([1_764_547_200_000], pa.timestamp("ms", "Asia/Tokyo")), datetime(2025, 12, 1, tzinfo=UTC)),
        (pa.array([2**62], pa.timestamp("us")), CellFault("unreadable_cell", "v")),
        (pa.array([uuid.UUID(int=5).bytes], pa.uuid()), str(uuid.UUID(int=5))),
    ],
)
def test_values_are_exact_or_named_as_unusable(array: Any, value: object) -> None:
    ((found,),) = cells(parquet({"v": array}))
    assert found == value
    assert type(found) is type(value)


def test_times_with_a_zone_are_instants_and_those_without_are_local(tmp_path: Path) -> None:
    content = parquet(
        {
            "customer": pa.array([7, 8]),
            "event": pa.array(["visit", "visit"]).dictionary_encode(),
            "occurred_at": pa.array([1_764_547_200_000, None], pa.timestamp("ms", "Asia/Tokyo")),
            "amount": pa.array([Decimal("12.50"), None], pa.decimal128(10, 2)),
        }
    )
    first, second = events(content, tmp_path)
    assert isinstance(first, EventIn)
    assert first.occurred_at == datetime(2025, 12, 1, tzinfo=UTC)
    assert (first.external_id, first.properties) == ("7", {"amount": 12.5})
    assert isinstance(second, Rejection)
    assert (second.code, second.line, second.original) == ("missing_time", None, b"8,visit,,\n")
    (local,) = events(parquet({**BASE, "date": pa.array([1_764_547_200_000], pa.timestamp("ms"))}), tmp_path)
    assert isinstance(local, EventIn)
    assert local.occurred_at == datetime(2025, 11, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "code"),
    [
        (pa.array([2**64 - 1], pa.uint64()), "number_too_large"),
        (pa.array([float("nan")]), "number_not_finite"),
        (pa.array(["a\0b"]), "nul_character"),
        (pa.array([b"\xff"], pa.binary()), "not_utf8"),
        (pa.array(["x" * 40_000]), "too_long"),
        (pa.array(["x" * 70_000]), "too_long"),
    ],
)
def test_a_value_that_cannot_be_stored_costs_its_row(tmp_path: Path, column: Any, code: str) -> None:
    (row,) = events(parquet({**BASE, "v": column}), tmp_path)
    assert isinstance(row, Rejection)
    assert row.code == code
    assert row.reason.isprintable()


@pytest.mark.parametrize(
    "array",
    [
        pa.array([[1, 2]]),
        pa.array([{"a": 1}]),
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([5], pa.duration("s")),
        pa.array([b"abcd"], pa.binary(4)),
    ],
)
def test_columns_that_hold_no_plain_values_are_refused_by_name(array: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"The column “v” holds values of the type .* no plain value"):
        cells(parquet({**BASE, "v": array}))


def test_row_groups_before_the_place_are_not_read(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(50_000)]
    content = parquet({"customer": names}, row_group_size=10_000, compression="none", use_dictionary=False)
    with ParquetTable(io.BytesIO(content), limit_bytes=LIMIT) as table:
        rest = [row.position for row in table.rows(after=40_001)]
        assert rest == list(range(40_002, 50_001))
        assert table.bytes_read < len(content) // 2


GOOD = parquet({**BASE, "v": [1.5]})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PAR1", "damaged"),
        (GOOD[:-20], "damaged"),
        (GOOD[: len(GOOD) // 2], "damaged"),
        (GOOD[:-8] + (2**31).to_bytes(4, "little") + b"PAR1", "damaged"),
        (b"PAR1" + b"\0" * 40 + b"PAR1", "damaged"),
        (GOOD[:-4] + b"PARE", "encrypted"),
        (GOOD[:40] + b"\xff" * 30 + GOOD[70:], "damaged"),
    ],
)
def test_files_that_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        cells(content)


def test_rows_of_nothing_are_counted_as_cells() -> None:
    content = parquet({"customer": pa.nulls(3_000_000, pa.string())})
    assert len(content) < 10_000
    with pytest.raises(TooLargeError, match="2,999,999 bytes"):
        ParquetTable(io.BytesIO(content), limit_bytes=2_999_999)


def test_one_long_text_in_many_rows_is_refused_before_it_fills_the_memory() -> None:
    # 1 GB as they are read at once: less than a machine has, more than a batch may take
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 5_000, pa.int32()), pa.array(["x" * 2_000_000]))
    content = parquet({"customer": column}, compression="zstd")
    assert len(content) < 100_000
    with pytest.raises(InvalidInputError, match="far more than it is"):
        cells(content)


def test_pyarrow_and_openpyxl_are_imported_only_for_their_files() -> None:
    program = (
        "import sys; import engagement.ingest.files as files;"
        "print([name for name in ('pyarrow', 'openpyxl', 'pandas') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "[]"


def test_reading_leaves_out_what_of_pyarrow_computes(tmp_path: Path) -> None:
    """It is 6 MB of a worker's memory, and turning a column into a list needs none of it."""
    columns = {
        **BASE,
        "at": pa.array([1_764_547_200_000], pa.timestamp("ms", "UTC")),
        "day": pa.array([date(2025, 12, 31)], pa.date32()),
        "clock": pa.array([8 * 3600], pa.int32()).cast(pa.time32("s")),
        "amount": pa.array([Decimal("12.50")], pa.decimal128(10, 2)),
    }
    program = (
        "import sys; from pathlib import Path; from engagement.ingest.files import open_table;"
        f"rows = list(open_table(Path(sys.argv[1]), limit_bytes={LIMIT}).rows());"
        "print(len(rows[0].cells), [name for name in sys.modules if name.startswith('pyarrow.compute')])"
    )
    path = str(write(tmp_path, "a.parquet", parquet(columns)))
    said = subprocess.run([sys.executable, "-c", program, path], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "7 []"


def test_no_spoilt_byte_of_the_description_ends_the_process() -> None:
    """In a process of its own: where pyarrow gives up on a description it may take the worker along."""
    program = (
        "from tests.ingest.test_files_parquet import GOOD, is_read_or_refused;"
        "end = len(GOOD) - 8;"
        "places = range(end - int.from_bytes(GOOD[-8:-4], 'little'), end);"
        "print(all(is_read_or_refused(at, bytes([spoilt])) for at in places for spoilt in (0, 0x18, 0x64)))"
    )
    said = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert (said.returncode, said.stdout.strip()) == (0, "True"), said.stderr[-500:]


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=6))
def test_whatever_is_spoilt_in_a_file_it_is_read_or_refused(at: int, spoilt: bytes) -> None:
    assert is_read_or_refused(at, spoilt)


def is_read_or_refused(at: int, spoilt: bytes) -> bool:
    """Whether the good file with other bytes there is refused, or gives rows of four cells."""
    try:
        found = cells(GOOD[:at] + spoilt + GOOD[at + len(spoilt) :])
    except (InvalidInputError, TooLargeError):
        return True
    return all(len(row) == 4 for row in found)
