"""A template's content read from JSON and checked: every refusal names the part and says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring.formula import MAX_HALF_LIFE_DAYS, WEIGHT_SCALE
from engagement.scoring.matching import parse_action_rule
from engagement.scoring.models import Channel
from engagement.scoring.numerals import whole
from engagement.scoring.rules import MembershipCondition, parse_rule
from engagement.scoring.rules.values import check_keys, problem, read_choice, read_required_number, read_text
from engagement.scoring.services.actions import MAX_ACTIONS
from engagement.scoring.services.bounds import MAX_CAP, MAX_FULL_POINTS, MAX_WEIGHT, MAX_WINDOW_DAYS, thousandths
from engagement.scoring.services.defaults import ALL_KEY
from engagement.scoring.services.numbering import MAX_KEY, MAX_NAME, checked_name
from engagement.scoring.services.segments import MAX_SEGMENTS
from engagement.scoring.templating.content import (
    ActionContent,
    BandContent,
    Content,
    FullPoints,
    SegmentContent,
    SetContent,
)
from engagement.scoring.types import FULL_POINTS_SOURCES
from tenants.services import BAND_NAME_LENGTH

_KEYS: Final = ("actions", "window_days", "half_life_days", "full_points", "bands", "segment_sets")
_KEY: Final = re.compile(r"[-a-zA-Z0-9_]+", re.ASCII)
_BANDS: Final = 3
_FULL_SCORE_THOUSANDTHS: Final = 100_000
T = TypeVar("T")


def read_content(data: object, *, without_bands: bool = False) -> Content:
    """The content that JSON `data` says; raises InvalidInputError with the path of what cannot be used.

    With `without_bands` these may be null, as where an application left them out. Rules that name customers are
    refused: a template goes from one client to others, and customers do not.
    """
    given = _object(data, path="content", allowed=_KEYS)
    sets = _list(given.get("segment_sets"), path="segment_sets", most=MAX_SEGMENTS)
    content = Content(
        actions=tuple(_read_each(given.get("actions"), path="actions", most=MAX_ACTIONS, read=_action)),
        window_days=_whole(given.get("window_days"), path="window_days", most=MAX_WINDOW_DAYS),
        half_life_days=_optional(given.get("half_life_days"), path="half_life_days", most=MAX_HALF_LIFE_DAYS),
        full_points=_full_points(given.get("full_points")),
        bands=None if without_bands and given.get("bands") is None else _bands(given.get("bands")),
        sets=tuple(_set(item, path=f"segment_sets[{i}]") for i, item in enumerate(sets)),
        segments=tuple(s for i, item in enumerate(sets) for s in _segments(item, path=f"segment_sets[{i}]")),
    )
    check_content(content)
    return content


def check_content(content: Content) -> None:
    """What no single part can know: names and keys given once, limits, and a weight above 0.

    Raises InvalidInputError with fields.
    """
    problems: dict[str, list[str]] = {}
    for kind, keys in (
        ("actions", [action.key for action in content.actions]),
        ("segment_sets", [group.key for group in content.sets]),
        ("segments", [segment.key for segment in content.segments]),
    ):
        if twice := _twice(keys):
            text = _("The key “{key}” is given twice. Each has one of its own.")
            problems[kind] = [text.format(key=twice)]
    if twice := _twice([action.name.casefold() for action in content.actions]):
        text = _("Two actions are called “{name}”. Rename one, so that they can be told apart.")
        problems.setdefault("actions", []).append(text.format(name=twice))
    if not any(action.weight_thousandths > 0 for action in content.actions):
        text = _("Give at least one action a weight above 0: else every customer scores 0.")
        problems.setdefault("actions", []).append(text)
    for kind, number, most, text in (
        ("actions", len(content.actions), MAX_ACTIONS, _("These would be {n} actions; {most} is the limit.")),
        ("segments", len(content.segments), MAX_SEGMENTS, _("These would be {n} segments; {most} is the limit.")),
    ):
        if number > most:
            problems.setdefault(kind, []).append(text.format(n=number, most=most))
    if problems:
        raise InvalidInputError(_("This content cannot be used."), fields=problems)


def names_customers(rule: Mapping[str, object]) -> bool:
    """Whether a segment's rule holds a list of customers."""
    return any(isinstance(condition, MembershipCondition) for condition in parse_rule(dict(rule)).conditions())


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────


def _action(data: object, path: str) -> ActionContent:
    given = _object(data, path=path, allowed=("key", "name", "channel", "rule", "weight", "cap"))
    weight = _thousandths(given.get("weight"), path=f"{path}.weight", least=-MAX_WEIGHT, most=MAX_WEIGHT)
    return ActionContent(
        key=_key(given.get("key"), path=f"{path}.key"),
        name=_name(given.get("name"), path=f"{path}.name"),
        channel=read_choice(given.get("channel"), path=f"{path}.channel", choices=tuple(Channel.values)),
        rule=_within(f"{path}.rule", lambda: parse_action_rule(given.get("rule")).to_json()),
        weight_thousandths=weight,
        cap=_optional(given.get("cap"), path=f"{path}.cap", most=MAX_CAP),
    )


def _set(data: object, *, path: str) -> SetContent:
    given = _object(data, path=path, allowed=("key", "name", "is_partition", "segments"))
    return SetContent(
        key=_key(given.get("key"), path=f"{path}.key"),
        name=_name(given.get("name"), path=f"{path}.name"),
        is_partition=_yes_or_no(given.get("is_partition"), path=f"{path}.is_partition"),
    )


def _segments(data: Any, *, path: str) -> list[SegmentContent]:
    set_key = str(data["key"]).strip()

    def read(item: object, here: str) -> SegmentContent:
        given = _object(item, path=here, allowed=("key", "name", "rule", "is_missing_data"))
        return SegmentContent(
            key=_key(given.get("key"), path=f"{here}.key", kept=frozenset({ALL_KEY})),
            set_key=set_key,
            name=_name(given.get("name"), path=f"{here}.name"),
            rule=_segment_rule(given.get("rule"), path=f"{here}.rule"),
            is_missing_data=_yes_or_no(given.get("is_missing_data"), path=f"{here}.is_missing_data"),
        )

    return _read_each(data.get("segments"), path=f"{path}.segments", most=MAX_SEGMENTS, read=read)


def _segment_rule(data: object, *, path: str) -> dict[str, object]:
    rule = _within(path, lambda: parse_rule(data).to_json())
    if names_customers(rule):
        raise problem(path=path, text=_("Leave out lists of customers: a template is for several clients."))
    return rule


def _full_points(data: object) -> FullPoints:
    given = _object(data, path="full_points", allowed=("from", "value"))
    source = read_choice(given.get("from"), path="full_points.from", choices=FULL_POINTS_SOURCES)
    if source != "own":
        if given.get("value") is not None:
            raise problem(path="full_points.value", text=_("Leave this out, or choose own."))
        return FullPoints(source)
    return FullPoints(source, _thousandths(given.get("value"), path="full_points.value", least=0, most=MAX_FULL_POINTS))


def _bands(data: object) -> BandContent:
    given = _object(data, path="bands", allowed=("good", "excellent", "names"))
    good, excellent = (
        _thousandths(given.get(name), path=f"bands.{name}", least=0, most=100) for name in ("good", "excellent")
    )
    if not 0 < good <= excellent <= _FULL_SCORE_THOUSANDTHS:
        raise problem(path="bands.good", text=_("It lies above 0 and not above the line of the top band."))
    names = [_name(name, path="bands.names") for name in _list(given.get("names"), path="bands.names", most=_BANDS)]
    if len({name.casefold() for name in names}) != _BANDS or any(len(name) > BAND_NAME_LENGTH for name in names):
        text = _("Give three different names of up to {most} letters.").format(most=BAND_NAME_LENGTH)
        raise problem(path="bands.names", text=text)
    return BandContent(good, excellent, tuple(names))


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────


def _object(data: object, *, path: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise problem(path=path, text=_("Give an object with {names}.").format(names=", ".join(allowed)))
    check_keys(data, path=path, allowed=allowed)
    return data


def _list(data: object, *, path: str, most: int) -> list[object]:
    if not isinstance(data, list) or len(data) > most:
        raise problem(path=path, text=_("Give a list of at most {most}.").format(most=most))
    return data


def _read_each(data: object, *, path: str, most: int, read: Callable[[object, str], T]) -> list[T]:
    found = [read(item, f"{path}[{i}]") for i, item in enumerate(_list(data, path=path, most=most))]
    if not found:
        raise problem(path=path, text=_("Give at least one."))
    return found


def _key(data: object, *, path: str, kept: frozenset[str] = frozenset()) -> str:
    text = read_text(data, path=path)
    if len(text) > MAX_KEY or not _KEY.fullmatch(text) or text in {"new", "draft", *kept}:
        words = ", ".join(_("“{word}”").format(word=word) for word in ("new", "draft", *kept))
        said = _("Use up to {most} letters, digits, hyphens; {words} are kept.").format(most=MAX_KEY, words=words)
        raise problem(path=path, text=said)
    return text


def _name(data: object, *, path: str) -> str:
    if not isinstance(data, str):
        raise problem(path=path, text=_("Give a text of 1 to {most} characters.").format(most=MAX_NAME))
    try:
        return checked_name(data)
    except InvalidInputError as error:
        raise InvalidInputError(fields={path: error.fields["name"]}) from None


def _whole(data: object, *, path: str, most: int) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or not 1 <= data <= most:
        raise problem(path=path, text=_("Give a whole number from 1 to {most}.").format(most=whole(most)))
    return data


def _optional(data: object, *, path: str, most: int) -> int | None:
    return None if data is None else _whole(data, path=path, most=most)


def _yes_or_no(data: object, *, path: str) -> bool:
    if not isinstance(data, bool):
        raise problem(path=path, text=_("Give true or false."))
    return data


def _thousandths(data: object, *, path: str, least: int, most: int) -> int:
    found = thousandths(read_required_number(data, path=path))
    if found is None or not least * WEIGHT_SCALE <= found <= most * WEIGHT_SCALE:
        text = _("Give a number from {least} to {most} with at most three decimals.")
        raise problem(
            path=path, text=text.format(least=f"{'-' if least < 0 else ''}{whole(abs(least))}", most=whole(most))
        )
    if path == "full_points.value" and found == 0:
        raise problem(path=path, text=_("Full points are above 0."))
    return found


def _within(path: str, read: Callable[[], dict[str, object]]) -> dict[str, object]:
    """What `read` gives; its refusal names the part from the top."""
    try:
        return read()
    except InvalidInputError as error:
        fields = {path if name == "rule" else f"{path}.{name}": texts for name, texts in error.fields.items()}
        raise InvalidInputError(error.message, fields=fields) from None


def _twice(values: Iterable[str]) -> str:
    """The first value that comes again; "" where all are different."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return ""
