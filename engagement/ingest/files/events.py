"""A CSV file of events: one row each, or one row for a count of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

from engagement.ingest.contracts import instants
from engagement.ingest.contracts.values import (
    INTEGER_MAX,
    INTEGER_MIN,
    NAME_LIMIT,
    RefusedError,
    event_name,
    shown,
)
from engagement.ingest.files.columns import EVENT_COLUMNS, Columns
from engagement.ingest.files.rows import customer_of, open_rows, read_rows
from engagement.ingest.files.sources import ByteSource
from engagement.ingest.types import EventIn, Rejection
from engagement.language import noop

Sameness = Literal["by_position", "by_id"]
COUNT_MAX: Final = 10**9

_NOON = time(12)  # for a day without a time: the hour least likely to be another day somewhere else
_DATE_LENGTH = len("2025-12-31")
_MILLISECONDS = re.compile(r"[0-9]{12,13}")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_EXACT_CHARACTERS = 16  # 15 digits and the point: such a decimal survives the way through a double
_COUNT = re.compile(r"[1-9][0-9]{0,9}")
_DIGEST_LENGTH = 32


@dataclass(frozen=True, slots=True)
class _Rules:
    columns: Columns
    time_zone: ZoneInfo
    latest_day: date
    file_digest: str
    sameness: Sameness


def read_events(
    source: ByteSource,
    *,
    time_zone: ZoneInfo,
    received_at: datetime,
    file_digest: str,
    sameness: Sameness = "by_position",
) -> Iterator[EventIn | Rejection]:
    """The rows in order, each as an event or rejected; raises InvalidInputError at once for an unusable
    header.

    `file_digest` is `digest_of` the same content. A row with an id is that event wherever it comes from. A
    row without one is the row at its position of this file ("by_position": repeats within a file are separate
    events, the same file again gives the same ids), or is rejected ("by_id"). A row with a count stands for
    so many events. A day alone is 12:00 in `time_zone`, and that very day is the event's day. A time without
    an offset is in `time_zone`, the earlier one where clocks go back; its day is the day in UTC, as for
    requests.
    """
    records, columns = open_rows(source, names=EVENT_COLUMNS, required=("customer", "event", "time"))
    rules = _Rules(
        columns=columns,
        time_zone=time_zone,
        latest_day=instants.latest_day(received_at),
        file_digest=file_digest,
        sameness=sameness,
    )

    def read(fields: Sequence[str], position: int) -> EventIn:
        return _event(fields, position=position, rules=rules)

    return read_rows(records, columns=columns, read=read)


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


def _event(fields: Sequence[str], *, position: int, rules: _Rules) -> EventIn:
    customer = customer_of(fields, columns=rules.columns)
    name = event_name(fields[rules.columns.roles["event"]], field="The event")
    day, occurred_at = _when(fields, rules=rules)
    return EventIn(
        message_id=_message_id(fields, position=position, rules=rules),
        day=day,
        occurred_at=occurred_at,
        name=name,
        external_id=customer,
        anonymous_id=None,
        properties={name: property_of(text) for name, place in rules.columns.others if (text := fields[place].strip())},
        occurrences=_occurrences(fields, columns=rules.columns),
        position=position,
    )


def _when(fields: Sequence[str], *, rules: _Rules) -> tuple[date, datetime]:
    text = fields[rules.columns.roles["time"]].strip()
    if text and rules.columns.clock is not None:
        text = f"{text} {fields[rules.columns.clock].strip()}".rstrip()
    try:
        day, occurred_at = _day_and_instant(text, time_zone=rules.time_zone)
    except (ValueError, OverflowError) as error:
        raise RefusedError(
            "invalid_time" if text else "missing_time",
            f"{shown(text)} is not a day or time." if text else noop("The row has no day or time."),
            noop("Write the day as 2025-12-31, or the time as 2025-12-31 23:59:59 or 2025-12-31T23:59:59Z."),
        ) from error
    instants.check_day(day, value=text, latest=rules.latest_day)
    return day, occurred_at


def _day_and_instant(text: str, *, time_zone: ZoneInfo) -> tuple[date, datetime]:
    if _MILLISECONDS.fullmatch(text):
        occurred_at = instants.milliseconds_of(int(text))
        return occurred_at.date(), occurred_at
    moment = instants.moment_of(text)
    if len(text) == _DATE_LENGTH:
        return moment.date(), datetime.combine(moment.date(), _NOON, time_zone).astimezone(UTC)
    occurred_at = (moment if moment.tzinfo else moment.replace(tzinfo=time_zone)).astimezone(UTC)
    return occurred_at.date(), occurred_at


def _message_id(fields: Sequence[str], *, position: int, rules: _Rules) -> str:
    place = rules.columns.roles.get("id")
    own = fields[place].strip() if place is not None else ""
    if len(own) > NAME_LIMIT:
        raise RefusedError(
            "invalid_message_id",
            f"The id of the event has {len(own)} characters; the limit is {NAME_LIMIT}.",
            "Use a shorter id, or leave the column out.",
        )
    if own:
        return own
    if rules.sameness == "by_id":
        raise RefusedError(
            "missing_message_id",
            noop("The row has no id, and this upload tells events apart by their ids."),
            noop("Give the row an id, or choose to tell rows apart by their position in the file."),
        )
    return f"file:{rules.file_digest[:_DIGEST_LENGTH]}:{position}"


def _occurrences(fields: Sequence[str], *, columns: Columns) -> int:
    place = columns.roles.get("count")
    if place is None:
        return 1
    text = fields[place].strip()
    if not _COUNT.fullmatch(text) or int(text) > COUNT_MAX:
        raise RefusedError(
            "invalid_count",
            f"The count is {shown(text) if text else 'missing'}.",
            f"Write a whole number from 1 to {COUNT_MAX}, without separators or decimals.",
        )
    return int(text)
