"""Large files of rows, written form by form until they are as large as asked for; the rows come from elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openpyxl import Workbook

GROUP_ROWS: Final = 1_000_000  # what pyarrow writes unless told otherwise: the large row groups that people have
SHEET_ROWS: Final = 1_048_575
_SAMPLE_ROWS: Final = 1_000

Row = Sequence[object]
Write = Callable[..., int]
"""Called with path, and by name size (bytes), columns and source (rows); gives how many rows the file holds."""


def write_csv(path: Path, *, size: int, columns: Sequence[str], source: Iterator[Row]) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        return _until(size, file.tell, source, writer.writerow)


def write_jsonl(path: Path, *, size: int, columns: Sequence[str], source: Iterator[Row]) -> int:
    with path.open("w", encoding="utf-8") as file:

        def put(row: Row) -> int:
            return file.write(json.dumps(dict(zip(columns, row, strict=True))) + "\n")

        return _until(size, file.tell, source, put)


def _until(size: int, told: Callable[[], int], source: Iterator[Row], put: Callable[[Row], object]) -> int:
    count = 0
    for row in source:
        if count % 1_000 == 0 and told() >= size:
            break
        put(row)
        count += 1
    return count


def write_parquet(path: Path, *, size: int, columns: Sequence[str], source: Iterator[Row]) -> int:
    """Row groups of a million, compressed with snappy: what `pyarrow` and pandas write unless told otherwise."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    first, count = next(source), 0
    kinds = [pa.float64() if isinstance(cell, float) else pa.string() for cell in first]
    schema = pa.schema(list(zip(columns, kinds, strict=True)))
    waiting = [first]
    with path.open("wb") as file, pq.ParquetWriter(file, schema) as writer:
        while file.tell() < size:
            waiting += islice(source, min(GROUP_ROWS, max(1_000, size // 100)) - len(waiting))
            cells = [list(one) for one in zip(*waiting, strict=True)]
            writer.write_table(pa.table(cells, schema=schema), row_group_size=GROUP_ROWS)
            count, waiting = count + len(waiting), []
    return count


def write_xlsx(path: Path, *, size: int, columns: Sequence[str], source: Iterator[Row]) -> int:
    """As openpyxl writes it: every text shared, which is the costly form. How many rows make the size the first say."""
    sample = list(islice(source, _SAMPLE_ROWS))
    _book(columns, sample).save(path)
    count = max(min(size * _SAMPLE_ROWS // path.stat().st_size, SHEET_ROWS), _SAMPLE_ROWS)
    _book(columns, chain(sample, islice(source, count - _SAMPLE_ROWS))).save(path)
    return count


def _book(columns: Sequence[str], rows: Iterable[Row]) -> Workbook:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(columns)
    for row in rows:
        sheet.append(row)
    return book


WRITERS: Final[Mapping[str, Write]] = {
    "csv": write_csv, "jsonl": write_jsonl, "parquet": write_parquet, "xlsx": write_xlsx,
}  # fmt: skip
