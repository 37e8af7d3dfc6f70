"""What a single value may be: ids, names, texts and numbers that the store can hold exactly."""

from __future__ import annotations

from typing import Final

from engagement.language import noop

NAME_LIMIT: Final = 200  # characters of an id or an event name; the longest seen in client libraries is 60
MESSAGE_LIMIT: Final = 32 * 1024  # bytes of one message or row, the limit the client libraries themselves keep
NESTING_LIMIT: Final = 32  # levels below `properties` or `traits`, which is level 1
INTEGER_MIN: Final = -(2**63)
INTEGER_MAX: Final = 2**63 - 1
EXACT_FLOAT: Final = 2**53  # up to here a whole number written as 42.0 is that number and no other

_SHOWN = 60

FLAWS: Final = {
    "number_not_finite": (
        noop("A number is NaN or infinite."),
        noop("Leave the value out, or send null, where there is no number."),
    ),
    "half_character": (
        noop("A text holds half of a character (a lone surrogate such as \\ud800)."),
        noop("Cut texts between characters, not inside them, and send valid Unicode."),
    ),
    "control_character": (
        noop("A text holds a control character that is not escaped, such as a line break."),
        noop("Write texts as JSON does: a line break is \\n, and other control characters are \\u0001 and so on."),
    ),
    "nul_character": (
        noop("A text holds the character U+0000, which cannot be stored."),
        noop("Remove the character U+0000 before sending."),
    ),
    "too_deep": (
        f"Objects and lists are nested deeper than {NESTING_LIMIT} levels.",
        "Send flatter properties.",
    ),
    "number_too_large": (
        noop("A number is outside the range that can be stored exactly."),
        noop("Send whole numbers from -2^63 to 2^63 - 1, others below 1e308, and anything larger as text."),
    ),
    "not_utf8": (
        noop("A text is not valid UTF-8."),
        noop("Encode the request as UTF-8."),
    ),
    "too_large": (
        f"This is larger than {MESSAGE_LIMIT:,} bytes.",
        "Send fewer or shorter properties with each event.",
    ),
}


class RefusedError(Exception):
    """One message or row cannot be taken; its neighbours can. Becomes a Rejection, never leaves this step."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        self.code = code
        self.reason = reason
        self.remedy = remedy
        super().__init__(reason)


def refusal(flaw: str) -> RefusedError:
    """The refusal whose words stand in FLAWS."""
    reason, remedy = FLAWS[flaw]
    return RefusedError(flaw, reason, remedy)


def shown(value: object) -> str:
    """A value as it may stand in a sentence: quoted when text, short, printable whatever it was."""
    text = value if isinstance(value, str) else repr(value)
    short = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    plain = "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in short)
    return f"“{plain}”" if isinstance(value, str) else plain


def check_text(text: str) -> None:
    """Refuses text that PostgreSQL cannot hold."""
    if "\0" in text:
        raise refusal("nul_character")


def id_text(value: object, *, field: str) -> str | None:
    """The id as text without outer blanks, None where none is given (null or blank); a number becomes its
    digits.

    42 and 42.0 both give "42": the same customer, whichever way a library writes numbers.
    """
    if value is None:
        return None
    if type(value) is str:
        text = value.strip()
    elif type(value) is int and INTEGER_MIN <= value <= INTEGER_MAX:
        text = str(value)
    elif type(value) is float:
        text = str(int(value)) if value.is_integer() and abs(value) < EXACT_FLOAT else repr(value)
    else:
        raise RefusedError(
            "invalid_id",
            f"{field} is {_kind_of(value)}, not text.",
            f"Send {field} as text, for example “c-1042”.",
        )
    if len(text) > NAME_LIMIT:
        raise RefusedError(
            "invalid_id",
            f"{field} has {len(text)} characters; the limit is {NAME_LIMIT}.",
            "Send the id under which you know this customer, not a text made of several things.",
        )
    check_text(text)
    return text or None


def event_name(value: object, *, field: str) -> str:
    """The name of an event without outer blanks."""
    name = value.strip() if isinstance(value, str) else ""
    if not name:
        raise RefusedError(
            "missing_event",
            f"{field} is {_kind_of(value) if value is not None else 'missing'}; an event needs a name.",
            noop("Put the name of what happened there, for example “Order Completed”."),
        )
    if len(name) > NAME_LIMIT:
        raise RefusedError(
            "invalid_event",
            f"The name of the event has {len(name)} characters; the limit is {NAME_LIMIT}.",
            "Use a short name and put the details into properties.",
        )
    check_text(name)
    return name


def object_of(value: object, *, field: str) -> dict[str, object]:
    """The object, empty where null or nothing was sent."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusedError(
            "invalid_properties",
            f"{field} is {_kind_of(value)}, not an object.",
            f'Send {field} as an object, for example {{"plan": "pro"}}.',
        )
    return value


def check_values(values: dict[str, object] | list[object], *, may_hold_nul: bool, level: int = 1) -> None:
    """Refuses what cannot be stored exactly: integers outside 64 bits, U+0000, too many levels.

    Numbers that are not finite never come this far: the JSON reader refuses them.
    """
    if level > NESTING_LIMIT:
        raise refusal("too_deep")
    if may_hold_nul and isinstance(values, dict):
        for key in values:
            check_text(key)
    for value in values.values() if isinstance(values, dict) else values:
        kind = type(value)
        if kind is str:
            if may_hold_nul:
                check_text(value)  # type: ignore[arg-type]
        elif kind is int:
            if not INTEGER_MIN <= value <= INTEGER_MAX:  # type: ignore[operator]
                raise refusal("number_too_large")
        elif kind is dict or kind is list:
            check_values(value, may_hold_nul=may_hold_nul, level=level + 1)  # type: ignore[arg-type]


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "blank" if not value.strip() else "text"
    if isinstance(value, int | float):
        return f"the number {shown(value)}" if abs(value) <= INTEGER_MAX else "a number that is too large"
    return {list: "a list", dict: "an object", type(None): "null"}.get(type(value), "something else")
