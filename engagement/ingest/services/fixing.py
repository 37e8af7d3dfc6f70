"""What a group can have put right before it is sent again: one change of every message, or of every row of a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError

FIELD_LIMIT: Final = 100
_NOON_HOUR: Final = 12
_LOCAL: Final = re.compile(
    r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))? ?([AaPp][Mm])?)?", re.ASCII
)


class FixKind:
    """The changes that there are; AS_IT_CAME makes none."""

    AS_IT_CAME: Final = "as_it_came"
    EVENT_FROM: Final = "event_from"
    RECEIPT_TIME: Final = "receipt_time"
    DAY_FIRST: Final = "day_first"
    MONTH_FIRST: Final = "month_first"
    RENAME: Final = "rename"
    SET: Final = "set"
    ALL: Final = (AS_IT_CAME, EVENT_FROM, RECEIPT_TIME, DAY_FIRST, MONTH_FIRST, RENAME, SET)


@dataclass(frozen=True, slots=True)
class Fix:
    """One change of everything. `field` and `to` are names, "properties.title" one of a level further down.

    Of SET, `to` is the value that every message or row gets.
    """

    kind: str = FixKind.AS_IT_CAME
    field: str = ""
    to: str = ""

    def check(self) -> None:
        """Raises InvalidInputError, by field, where a name is missing or there is no such change."""
        wrong: dict[str, list[str]] = {}
        if self.kind not in FixKind.ALL:
            wrong["fix"] = [_("Choose one of the changes.")]
        if self.kind in {FixKind.EVENT_FROM, FixKind.RENAME, FixKind.SET} and not self.field:
            wrong["field"] = [_("Write the name of the field.")]
        if self.kind == FixKind.RENAME and not self.to:
            wrong["to"] = [_("Write the new name of the field.")]
        if self.kind == FixKind.SET and not self.to:
            wrong["to"] = [_("Write the value.")]
        if wrong:
            raise InvalidInputError(fields=wrong)


class Fields(Protocol):
    """What a change sees of a message or row. `event` is "" where no field of its own says what happened.

    `times` are the fields that say when, `ids` those that tell one from another: no change gives them all one value.
    """

    event: str
    times: Sequence[str]
    ids: frozenset[str]

    def get(self, name: str) -> object:
        """The value, None where there is none."""

    def put(self, name: str, value: object) -> bool:
        """Whatever stood there before; False where nothing can stand there."""

    def move(self, name: str, to: str) -> bool:
        """To another name; nothing is written over: False then, and where nothing was."""

    def say_when(self, moment: datetime) -> bool:
        """Make it say that it happened at this instant, and nowhere anything else."""


def put_right(fields: Fields, *, fix: Fix, received_at: datetime) -> bool:
    """Make the change; False where it does not fit."""
    if fix.kind == FixKind.AS_IT_CAME:
        return True
    if fix.kind == FixKind.RENAME:
        return fields.move(fix.field, fix.to)
    if fix.kind == FixKind.SET:
        return fix.field not in fields.ids and fields.put(fix.field, fix.to)
    if fix.kind == FixKind.RECEIPT_TIME:
        return fields.say_when(received_at)
    if fix.kind == FixKind.EVENT_FROM:
        value = fields.get(fix.field)
        return bool(isinstance(value, str) and value.strip() and fields.event and fields.put(fields.event, value))
    read = [_read_anew(fields, name, day_first=fix.kind == FixKind.DAY_FIRST) for name in fields.times]
    return any(read)


def _read_anew(fields: Fields, name: str, *, day_first: bool) -> bool:
    value = fields.get(name)
    text = iso_of(value, day_first=day_first) if isinstance(value, str) else ""
    return bool(text) and fields.put(name, text)


def iso_of(text: str, *, day_first: bool) -> str:
    """A day, or a local time, as people write it, as ISO 8601 without an offset; "" for what is none.

    >>> iso_of("31.12.2025", day_first=True), iso_of("12/31/2025 11:59 PM", day_first=False)
    ('2025-12-31', '2025-12-31T23:59:00')
    """
    found = _LOCAL.fullmatch(text.strip())
    if found is None:
        return ""
    first, second, year, hour, minute, seconds, half = found.groups()
    day, month = (first, second) if day_first else (second, first)
    try:
        moment = datetime(int(year), int(month), int(day), _hour(hour, half), int(minute or 0), int(seconds or 0))  # noqa: DTZ001  local, as written
    except ValueError:
        return ""
    return moment.date().isoformat() if hour is None else moment.isoformat()


def _hour(hour: str | None, half: str | None) -> int:
    """By 24; raises ValueError for 13 PM."""
    number = int(hour or 0)
    if half is None:
        return number
    if not 1 <= number <= _NOON_HOUR:
        raise ValueError(hour)
    return number % _NOON_HOUR + (_NOON_HOUR if half.lower() == "pm" else 0)


class ObjectFields:
    """An object of JSON; a name leads through its levels. `whole` is changed in place."""

    def __init__(
        self, whole: dict[str, Any], *, event: str, times: Sequence[str], ids: frozenset[str] = frozenset()
    ) -> None:
        self.whole, self.event, self.times, self.ids = whole, event, times, ids

    def get(self, name: str) -> object:
        holder, last = self._place(name)
        return holder.get(last) if holder is not None else None

    def put(self, name: str, value: object) -> bool:
        holder, last = self._place(name)
        if holder is None or not last:
            return False
        holder[last] = value
        return True

    def move(self, name: str, to: str) -> bool:
        holder, last = self._place(name)
        to_holder, to_last = self._place(to)
        if holder is None or to_holder is None or last not in holder or to_last in to_holder:
            return False
        to_holder[to_last] = holder.pop(last)
        return True

    def say_when(self, moment: datetime) -> bool:
        for name in self.times[1:]:
            holder, last = self._place(name)
            if holder is not None:
                holder.pop(last, None)
        return bool(self.times) and self.put(self.times[0], moment.isoformat())

    def _place(self, path: str) -> tuple[dict[str, Any] | None, str]:
        """The object that holds what the path names, None where a level is missing, and the last name."""
        if path in self.whole:
            return self.whole, path
        holder: Any = self.whole
        *levels, name = path.split(".")
        for level in levels:
            holder = holder.get(level) if isinstance(holder, dict) else None
        return (holder if isinstance(holder, dict) else None), name
