"""Reading the values a rule compares: what is missing, what is a number, what is text. No floats survive."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from engagement.errors import InvalidInputError
from engagement.language import _
from engagement.scoring.numerals import whole

MAX_TEXT = 200
_MISSING_WORD: Final = "unknown"
# Plain decimal notation only: no separators, no words like "nan", no exponent that fills memory.
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_MAX_DIGITS: Final = 40

JsonScalar = str | int | float


def is_missing(value: object) -> bool:
    """Whether a trait's value says nothing: null, blank text, or "unknown" in any case."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in {"", _MISSING_WORD})


def read_number(value: object) -> Decimal | None:
    """The number a JSON value or a text is, exactly; None for anything else, NaN, infinity and booleans too.

    A float is read as it is written (0.1 is one tenth).

    >>> read_number("12.50"), read_number(0.1), read_number("12 kg")
    (Decimal('12.50'), Decimal('0.1'), None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, int) and value.bit_length() > 4 * _MAX_DIGITS:  # str() of it would be slow, or refused
        return None
    if isinstance(value, int | float):
        value = repr(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    return None


def number_to_json(number: Decimal) -> int | float | str:
    """The plainest JSON that reads back as the very same number: an integer, a float, else text."""
    if number == number.to_integral_value() and number.adjusted() < _MAX_DIGITS:
        return int(number)
    as_float = float(number)
    return as_float if Decimal(repr(as_float)) == number else str(number)


def number_to_text(number: Decimal) -> str:
    """A number for a sentence, without exponent or trailing zeros: 60, 12.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def problem(*, path: str, text: str) -> InvalidInputError:
    """The error for one part of a rule; `path` leads to it ("all[0].value")."""
    place = path or "rule"
    return InvalidInputError(f"{place}: {text}", fields={place: [text]})


def read_text(value: object, *, path: str) -> str:
    """Trimmed, storable text of 1 to 200 characters; a number or boolean is taken as it is written."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    number = read_number(value) if isinstance(value, int | float | Decimal) else None
    if number is not None:
        value = number_to_text(number)
    if not isinstance(value, str):
        raise problem(path=path, text=_("Give a text."))
    text = value.strip()
    if not text or len(text) > MAX_TEXT:
        raise problem(path=path, text=_("Give a text of 1 to {most} characters.").format(most=MAX_TEXT))
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        raise problem(path=path, text=_("Take out the characters that cannot be stored (NUL or half a surrogate)."))
    return text


def read_list(value: object, *, path: str, most: int) -> list[object]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= most:
        raise problem(path=path, text=_("Give a list of 1 to {most} values.").format(most=whole(most)))
    return list(value)


def read_required_number(value: object, *, path: str) -> Decimal:
    number = read_number(value)
    if number is None or abs(number.adjusted()) > _MAX_DIGITS:
        raise problem(path=path, text=_("Give a number, such as 60 or 12.5."))
    return number


def read_choice(value: object, *, path: str, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise problem(path=path, text=_("Choose one of: {choices}.").format(choices=", ".join(choices)))
    return value


def check_keys(data: dict[str, object], *, path: str, allowed: tuple[str, ...]) -> None:
    for key in data:
        if key not in allowed:
            shown = key[:40].encode("ascii", "replace").decode()
            text = _("“{name}” is not known here; use {names}.").format(name=shown, names=", ".join(allowed))
            raise problem(path=path, text=text)
