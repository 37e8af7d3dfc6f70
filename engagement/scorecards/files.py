"""Files of many rows: written line by line, so that a million customers are never in memory as text."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

from engagement.look.charts.table import Cell, csv_cell


class _Echo:
    """Hands each line the writer makes straight back."""

    def write(self, text: str) -> str:
        return text


def csv_lines(*, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The table as CSV, line by line, with no cell that a spreadsheet would run."""
    writer = csv.writer(_Echo())
    yield str(writer.writerow([csv_cell(title) for title in header])).encode()
    for row in rows:
        yield str(writer.writerow([csv_cell(cell) for cell in row])).encode()


def csv_stream(*, header: Sequence[str], rows: Iterable[Sequence[Cell]], name: str) -> StreamingHttpResponse:
    """A file to save, written while it is read."""
    response = StreamingHttpResponse(csv_lines(header=header, rows=rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^a-z0-9.-]+", "-", name.lower())}.csv"'
    return response
