"""Files: in English whoever takes them, because programs read them; those of many rows are written line by line.

A million customers are never in memory as text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import override

from engagement.look.charts.table import Cell, ChartTable, csv_cell

P = ParamSpec("P")
R = TypeVar("R")


def in_english(make: Callable[P, R]) -> Callable[P, R]:
    """A file is the same whatever language its reader's pages are in."""

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        with override("en"):
            return make(*args, **kwargs)

    return made


class _Echo:
    """Hands each line the writer makes straight back."""

    def write(self, text: str) -> str:
        return text


def csv_lines(*, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The table as CSV, line by line, with no cell that a spreadsheet would run."""
    writer = csv.writer(_Echo())
    with override("en"):  # it is written when the view has long answered
        yield str(writer.writerow([csv_cell(title) for title in header])).encode()
        for row in rows:
            yield str(writer.writerow([csv_cell(cell) for cell in row])).encode()


def csv_response(table: ChartTable, *, name: str) -> HttpResponse:
    """A table as a file to save."""
    response = HttpResponse(table.csv(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = _to_save(name)
    return response


def _to_save(name: str) -> str:
    return f'attachment; filename="{re.sub(r"[^a-z0-9.-]+", "-", name.lower())}.csv"'


def csv_stream(*, header: Sequence[str], rows: Iterable[Sequence[Cell]], name: str) -> StreamingHttpResponse:
    """A file to save, written while it is read."""
    response = StreamingHttpResponse(csv_lines(header=header, rows=rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = _to_save(name)
    return response
