"""Reading a vendor's JSON, believing nothing: a record that surprises is refused alone, never its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from engagement.connections.faults import SurpriseError, VendorError
from engagement.connections.types import Json, Refused
from engagement.language import noop

_SHOWN: Final = 60
_MILLISECONDS_FROM: Final = 100_000_000_000  # as seconds this is the year 5138, as milliseconds 1973
_REMEDY: Final = noop(
    "Look at this record at the vendor. If it is right there, the vendor has changed its form: tell us."
)


def records(answer: object, *path: str) -> list[object]:
    """The list at the end of the path; raises VendorError where the answer as a whole is not what it should be."""
    found = answer
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, list):
        place = ".".join(path) or "the top"
        raise VendorError(f"The answer has no list at {place}. The vendor may have changed its form: tell us.")
    return found


def object_in(record: object, name: str = "") -> Json:
    """The object of that name, or the record itself; raises SurpriseError."""
    found = record if not name else (record.get(name) if isinstance(record, dict) else None)
    if not isinstance(found, dict):
        raise _surprise(name or "the record", found, "an object")
    return found


def text(record: Json, name: str) -> str:
    """A text that is not blank, or a whole number as its digits; raises SurpriseError."""
    found = record.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if not isinstance(found, str) or not found.strip():
        raise _surprise(name, found, "text")
    return found.strip()


def optional_text(record: Json, name: str) -> str:
    """The same, "" where it is missing, null or blank."""
    found = record.get(name)
    return "" if found is None or found == "" else text(record, name)


def instant(record: Json, name: str) -> datetime:
    """An instant: ISO 8601, UTC where no zone is given, or seconds or milliseconds; raises SurpriseError."""
    found = record.get(name)
    try:
        return instant_of(found)
    except (ValueError, OverflowError, OSError) as error:
        raise _surprise(name, found, "a time") from error


def instant_of(value: object) -> datetime:
    """The same of a value; raises ValueError, OverflowError or OSError."""
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
        return datetime.fromtimestamp(seconds, tz=UTC)
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004  the callers know one kind of failure
    found = datetime.fromisoformat(value.strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def listed(said: str) -> list[str]:
    """The names of a setting that holds them with commas between."""
    return [name for name in said.replace(" ", "").split(",") if name]


def plain(record: Json, names: Iterable[str] | None = None) -> Json:
    """The values that are there: nulls and blanks left out, everything else as it came."""
    wanted = record if names is None else {name: record.get(name) for name in names}
    return {name: value for name, value in wanted.items() if value is not None and value != ""}


def asked_for(record: Json, names: Collection[str]) -> Json:
    """Every one of these values, null where there is none or a blank: what was cleared at the vendor is known to be."""
    found = plain(record, names)
    return {name: found.get(name) for name in names}


def read_each(found: Iterable[object], read: Callable[[object], Iterable[Json]]) -> tuple[list[Json], list[Refused]]:
    """Messages of the records that can be read, and the others, each with the reason."""
    messages: list[Json] = []
    refused: list[Refused] = []
    for record in found:
        try:
            messages += list(read(record))
        except SurpriseError as surprise:
            refused.append(refusal(record, surprise))
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            unread = SurpriseError("unreadable_record", f"The record cannot be read: {type(error).__name__}.", _REMEDY)
            refused.append(refusal(record, unread))
    return messages, refused


def refusal(record: object, surprise: SurpriseError) -> Refused:
    """The record as it came, with the reason."""
    return Refused(surprise.code, surprise.reason, surprise.remedy, _as_sent(record))


def _as_sent(record: object) -> bytes:
    return record if isinstance(record, bytes) else msgspec.json.encode(record, order="deterministic")


def _surprise(name: str, found: object, wanted: str) -> SurpriseError:
    if found is None:
        return SurpriseError("missing_field", f"{name} is missing.", _REMEDY)
    shown = "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in repr(found)[:_SHOWN])
    return SurpriseError("other_type", f"{name} is {shown}, not {wanted}.", _REMEDY)


def unknown(name: str, value: object) -> SurpriseError:
    """A value of a list that the vendor has made longer."""
    shown = "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in str(value)[:_SHOWN])
    return SurpriseError("unknown_value", f"{name} is “{shown}”, which this connection does not know.", _REMEDY)
