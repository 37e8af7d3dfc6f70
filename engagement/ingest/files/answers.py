"""A file of survey answers: one row each. Who keeps answers says what they may be; this reads who, when, what.

An answer without an id is known by what it says and how often the file has said it before, so that a longer export
that holds the same answers again adds the new ones only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from engagement.ingest.contracts import instants
from engagement.ingest.contracts.values import RefusedError, check_text, id_text, shown
from engagement.ingest.files.cells import text_of
from engagement.ingest.files.columns import Columns
from engagement.ingest.files.events import day_and_instant
from engagement.ingest.files.mappings import Mapping
from engagement.ingest.files.opening import columns_for, table_of
from engagement.ingest.files.rows import cell_of, number_text, read_table
from engagement.ingest.files.sources import ByteSource
from engagement.ingest.files.tables import Table, TableRow
from engagement.ingest.types import Rejection
from engagement.language import noop

ANSWER_COLUMNS: Final = MappingProxyType(
    {
        "survey": ("survey", "survey_key", "question", "kind", "umfrage"),
        "value": ("value", "score", "answer", "rating", "wert", "antwort"),
        "time": ("occurred_at", "answered_at", "submitted_at", "timestamp", "time", "date", "day", "datum", "tag"),
        "customer": ("customer_id", "customer", "user_id", "user", "client_id", "external_id", "kunde"),
        "id": ("answer_id", "response_id", "message_id", "key", "id"),
    }
)  # fmt: skip
"""Role to accepted names of columns, the surest first. Columns that mean none of them are left out."""

_SCALES_END: Final = 1_000
MOST_ANSWERS: Final = 200_000  # of a file: 100 bytes of memory are held for each that has no id


@dataclass(frozen=True, slots=True)
class AnswerIn:
    """One answer as a file says it. `customer` and `key` are "" where it does not; `repeat` counts from 1 how often
    the file has said the same without a key. The rest is what a rejection of it needs.
    """

    survey: str
    value: str
    day: date
    occurred_at: datetime
    customer: str
    key: str
    repeat: int
    position: int
    line: int | None
    original: bytes


def read_answers(
    table: Table | ByteSource,
    mapping: Mapping | None = None,
    *,
    time_zone: ZoneInfo,
    received_at: datetime,
    after: int = 0,
) -> Iterator[AnswerIn | Rejection]:
    """The rows in order without the first `after`, each as an answer or rejected; `day` is the local one.

    Raises InvalidInputError at once where the columns, or the mapping, say too little. The first `after` rows are read
    all the same, to know what repeats. Rows beyond MOST_ANSWERS are rejected.
    """
    opened = table_of(table)
    columns = columns_for(opened, mapping, names=ANSWER_COLUMNS, required=("survey", "value", "time"))
    latest, seen = instants.latest_day(received_at), dict[int, int]()

    def read(row: TableRow) -> AnswerIn:
        if row.position > MOST_ANSWERS:
            raise RefusedError(
                "too_many",
                f"A file holds at most {MOST_ANSWERS:,} answers.",
                "Put this answer and those after it into a file of their own.",
            )
        return _answer(row, columns=columns, time_zone=time_zone, latest=latest, seen=seen)

    for found in read_table(opened.rows(), width=columns.count, read=read):
        if found.position > after:
            yield found


def _answer(row: TableRow, *, columns: Columns, time_zone: ZoneInfo, latest: date, seen: dict[int, int]) -> AnswerIn:
    day, occurred_at = _when(row, columns=columns, time_zone=time_zone)
    instants.check_day(day, value=day.isoformat(), latest=latest)
    texts = {role: text_of(cell_of(row, role, columns=columns)) for role in ("survey", "id")}
    texts["value"] = number_text(row, "value", columns=columns)
    for text in texts.values():
        check_text(text)
    customer = id_text(text_of(cell_of(row, "customer", columns=columns)), field="The customer's id") or ""
    if not texts["survey"] or not texts["value"]:
        raise RefusedError(
            "missing_answer",
            noop("The row names no survey, or no answer."),
            noop("Write which survey it was and what was answered, or remove the row."),
        )
    repeat = 1
    if not texts["id"]:
        said = hash((texts["survey"].casefold(), _plain_number(texts["value"]), day, customer))
        repeat = seen[said] = seen.get(said, 0) + 1
    return AnswerIn(
        texts["survey"], texts["value"], day, occurred_at, customer, texts["id"], repeat,
        row.position, row.line, row.original,
    )  # fmt: skip


def _plain_number(text: str) -> str:
    """A whole number as its digits, however it is written: “9.0” and “9” are one answer."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    is_whole = number.is_finite() and abs(number) < _SCALES_END and number == number.to_integral_value()
    return str(int(number)) if is_whole else text


def _when(row: TableRow, *, columns: Columns, time_zone: ZoneInfo) -> tuple[date, datetime]:
    text = text_of(cell_of(row, "time", columns=columns))
    if text and columns.clock is not None:
        text = f"{text} {text_of(row.cells[columns.clock])}".rstrip()
    try:
        _, occurred_at = day_and_instant(text, time_zone=time_zone)
    except (ValueError, OverflowError) as error:
        raise RefusedError(
            "invalid_time" if text else "missing_time",
            f"{shown(text)} is not a day or time." if text else noop("The row has no day or time."),
            noop("Write the day as 2025-12-31, or the time as 2025-12-31 23:59:59 or 2025-12-31T23:59:59Z."),
        ) from error
    return occurred_at.astimezone(time_zone).date(), occurred_at
