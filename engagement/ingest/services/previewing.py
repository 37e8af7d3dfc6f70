"""The first rows of a file as they would be read, before anything is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import InvalidInputError
from engagement.ingest.files import AnswerIn, Table, guess_mapping, kind_of
from engagement.ingest.files import Mapping as ColumnMapping
from engagement.ingest.files.guessing import places_of_numbers
from engagement.ingest.files.numbers import Numbers, Seen, guess_numbers, numbers_seen
from engagement.ingest.models import FileImport
from engagement.ingest.services.mappings import mappings_for
from engagement.ingest.services.mending import MendedTable
from engagement.ingest.services.rows import Reader, kept_of, mapping_of, opened
from engagement.ingest.types import EventIn, Rejection
from engagement.retelling import retold
from tenants.models import Organisation

ROWS_SHOWN: Final = 8
_LOOKED_AT: Final = 50
_NO_DIGEST: Final = "0" * 64
GONE: Final = gettext_noop("The uploaded file is not on this machine any more. Upload it again.")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a file begins with: its columns, and what stands in them in the first row, as text.

    `numbers` is what in the first rows speaks for a way of writing numbers; None for a file of which that is not asked.
    """

    columns: tuple[str, ...]
    first: tuple[str, ...]
    mapping: ColumnMapping
    is_mended: bool
    numbers: Mapping[Numbers, Seen] | None = None


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it would be read, or why it would not; `details` are its properties or traits."""

    line: int
    customer: str = ""
    event: str = ""
    occurred_at: datetime | None = None
    occurrences: int = 1
    details: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    remedy: str = ""


@contextmanager
def _opened(row: FileImport) -> Iterator[Table]:
    try:
        with opened(row) as table:
            yield table
    except FileNotFoundError as error:
        raise InvalidInputError(_(GONE)) from error


def look_at(*, row: FileImport, organisation: Organisation) -> Sample:
    """The columns of the file and what they most likely are: as decided, as kept for files like it, else guessed.

    Raises InvalidInputError for a file whose columns cannot be read.
    """
    with _opened(row) as table:
        rows = [found.cells for found in islice(table.rows(), _LOOKED_AT)]
        columns, is_mended = table.columns, isinstance(table, MendedTable)
        asks_numbers = table.format.has_text_cells and kind_of(row.kind).has_numbers
    kept = row.mapping
    if not kept and (alike := mappings_for(organisation=organisation, kind=row.kind, columns=columns)):
        kept = alike[0].mapping
    first = tuple("" if cell is None else str(cell) for cell in rows[0]) if rows else ()
    mapping = mapping_of(kept) or guess_mapping(row.kind, columns, rows)
    numbers = numbers_seen(columns, places_of_numbers(row.kind, mapping, columns), rows) if asks_numbers else None
    if not kept:
        mapping = replace(mapping, numbers=guess_numbers(numbers or {}))
    return Sample(columns=columns, first=first, mapping=mapping, is_mended=is_mended, numbers=numbers)


def first_rows(*, row: FileImport, organisation: Organisation, mapping: ColumnMapping) -> tuple[PreviewRow, ...]:
    """The first rows as this mapping reads them; raises InvalidInputError where it does not say enough."""
    row.mapping = kept_of(mapping)
    with _opened(row) as table:
        items = Reader(row, organisation).items(table, digest=_NO_DIGEST)
        return tuple(_shown(item) for item in islice(items, ROWS_SHOWN))


def _shown(item: Any) -> PreviewRow:
    if isinstance(item, Rejection):
        return PreviewRow(line=item.position, reason=retold(item.reason), remedy=retold(item.remedy))
    if isinstance(item, AnswerIn):
        said = ((item.survey, str(item.value)), (_("day"), item.day.isoformat()))
        return PreviewRow(line=item.position, customer=item.customer or "", details=said)
    if isinstance(item, EventIn):
        return PreviewRow(
            line=item.position,
            customer=item.external_id or item.anonymous_id or "",
            event=item.name,
            occurred_at=item.occurred_at,
            occurrences=item.occurrences,
            details=_pairs(item.properties),
        )
    return PreviewRow(line=item.position, customer=item.external_id or "", details=_pairs(item.traits))


def _pairs(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in values.items())


def check_columns(*, row: FileImport, organisation: Organisation, mapping: ColumnMapping) -> Sequence[str]:
    """The file's columns, for a mapping that fits them; raises InvalidInputError for one that does not."""
    row.mapping = kept_of(mapping)
    with _opened(row) as table:
        Reader(row, organisation).items(table, digest=_NO_DIGEST)
        return table.columns
