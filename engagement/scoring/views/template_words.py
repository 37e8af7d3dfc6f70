"""What the pages about templates say: items and their values in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django import forms

from engagement.look import numbers
from engagement.scoring.forms.weights import SOURCE_NAMES
from engagement.scoring.matching import describe as describe_action
from engagement.scoring.matching import parse_action_rule
from engagement.scoring.models import Channel
from engagement.scoring.rules import describe as describe_segment
from engagement.scoring.rules import parse_rule
from engagement.scoring.selectors.weights import to_points
from engagement.scoring.templating.compare import ABSENT, Item, State
from engagement.scoring.templating.content import Content, FullPoints, decimal_text
from engagement.scoring.templating.types import Application, Comparison
from engagement.scoring.views.words import weight_text

_KINDS: Final = {"action": "Action", "set": "Set of segments", "segment": "Segment"}
_NAMES: Final = {
    "weights.window_days": "Window",
    "weights.half_life_days": "Half-life",
    "weights.full_points": "Full points",
    "bands.lines": "Lines between bands",
    "bands.names": "Names of bands",
}
_FIELDS: Final = {
    "name": "name",
    "channel": "channel",
    "rule": "who",
    "weight": "weight",
    "cap": "cap",
    "is_partition": "covers everybody once",
    "set": "its set",
    "is_missing_data": "is missing data",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One item as a page prints it; `field` is the choice where somebody has to decide."""

    name: str
    base: str
    client: str
    template: str
    field: forms.BoundField | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """An action of a template as a page prints it."""

    name: str
    channel: str
    words: str
    weight: str
    cap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRows:
    """A set of segments with who is in each."""

    name: str
    is_partition: bool
    segments: tuple[tuple[str, str], ...]


def item_rows(
    items: Iterable[Item], *, named_by: Iterable[Content], form: forms.Form | None = None
) -> tuple[ItemRow, ...]:
    """Items with the names that the contents give to keys; the first content that knows a key names it."""
    names = _names(named_by)
    return tuple(
        ItemRow(
            name=item_name(item, names),
            base=value_words(item, item.base),
            client=value_words(item, item.client),
            template=value_words(item, item.template),
            field=form[f"d.{item.id}"] if form else None,
        )
        for item in items
    )


def item_name(item: Item, names: Mapping[tuple[str, ...], str]) -> str:
    """What an item is called: Window, Visit: weight, Segment “Young”."""
    if item.id in _NAMES:
        return _NAMES[item.id]
    thing = names.get(item.path[:2], item.path[1])
    if item.is_whole:
        return f"{_KINDS[item.path[0]]} “{thing}”"
    is_action_rule = (item.path[0], item.path[2]) == ("action", "rule")
    return f"{thing}: {'which events' if is_action_rule else _FIELDS[item.path[2]]}"


def value_words(item: Item, value: object) -> str:
    """A value as a person reads it; "–" where nothing was applied before, "not there" for what one side lacks."""
    if value is ABSENT:
        return "not there" if item.is_whole else "–"
    if item.is_whole:
        return _whole_words(item.path[0], cast("Mapping[str, Any]", value))
    if item.path[0] == "segment" and item.path[-1] == "rule":
        return _segment_words(value)
    return _VALUES.get(item.path[-1], str)(value)


def _names(contents: Iterable[Content]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for content in contents:
        for kind, lines in (("action", content.actions), ("set", content.sets), ("segment", content.segments)):
            for line in lines:
                found.setdefault((kind, line.key), line.name)
    return found


def _whole_words(kind: str, fields: Mapping[str, Any]) -> str:
    if kind == "action":
        worth = weight_text(to_points(fields["weight"]))
        return f"worth {worth}: {_rule_words(fields['rule'])}"
    if kind == "segment":
        return _segment_words(fields["rule"])
    return "covers everybody once" if fields["is_partition"] else "may overlap"


def _rule_words(rule: Any) -> str:
    return describe_action(parse_action_rule(dict(rule)))


def _segment_words(rule: Any) -> str:
    return describe_segment(parse_rule(dict(rule)))


def _days_words(days: Any) -> str:
    return "none" if days is None else f"{numbers.count_text(days)} days"


def _lines_words(lines: Any) -> str:
    good, excellent = lines
    return f"{decimal_text(good)} and {decimal_text(excellent)}"


def full_points_words(value: Any) -> str:
    """The number of one's own, or where it is taken from: median of active customers."""
    full_points = cast("FullPoints", value)
    if full_points.source != "own":
        words = SOURCE_NAMES[full_points.source]
        return words[0].lower() + words[1:] if words.startswith("M") else words
    return "not decided" if full_points.thousandths is None else weight_text(to_points(full_points.thousandths))


_VALUES: Final[Mapping[str, Callable[[Any], str]]] = {
    "window_days": _days_words,
    "half_life_days": _days_words,
    "full_points": full_points_words,
    "lines": _lines_words,
    "names": ", ".join,
    "channel": lambda channel: str(Channel(channel).label),
    "rule": _rule_words,
    "weight": lambda weight: weight_text(to_points(weight)),
    "cap": lambda cap: "none" if cap is None else numbers.count_text(cap),
    "is_partition": lambda yes: "yes" if yes else "no",
    "is_missing_data": lambda yes: "yes" if yes else "no",
}


# ── a content by itself ──────────────────────────────────────────────────────────────────────────────────────


def content_words(content: Content) -> dict[str, object]:
    """What a template says, for its page."""
    return {
        "actions": tuple(
            ActionRow(
                name=action.name,
                channel=str(Channel(action.channel).label),
                words=_rule_words(action.rule),
                weight=weight_text(to_points(action.weight_thousandths)),
                cap=_VALUES["cap"](action.cap),
            )
            for action in content.actions
        ),
        "window": _days_words(content.window_days),
        "half_life": _days_words(content.half_life_days),
        "full_points": full_points_words(content.full_points),
        "bands": content.bands,
        "lines": _lines_words((content.bands.good_thousandths, content.bands.excellent_thousandths))
        if content.bands
        else "",
        "sets": tuple(
            SetRows(
                name=group.name,
                is_partition=group.is_partition,
                segments=tuple(
                    (line.name, _segment_words(line.rule)) for line in content.segments if line.set_key == group.key
                ),
            )
            for group in content.sets
        ),
    }


# ── sentences ────────────────────────────────────────────────────────────────────────────────────────────────


def headline(seen: Comparison) -> str:
    """The finding of the page that compares: what an upgrade would change, and how much waits for a decision."""
    n_conflicts, n_changes = len(seen.of_state(State.CONFLICT)), len(seen.of_state(State.TEMPLATE))
    subject = f"Version {seen.offered.version}"
    n = n_conflicts + n_changes
    if seen.is_first and n:
        return f"{subject} differs from what is here in {n} {'item' if n == 1 else 'items'}"
    if not n:
        return f"{subject} changes nothing here"
    changes = f"{subject} changes {n_changes} {'item' if n_changes == 1 else 'items'}" if n_changes else subject
    if not n_conflicts:
        return changes
    decide = f"{n_conflicts} {'needs' if n_conflicts == 1 else 'need'} your decision"
    return f"{changes}, {decide}" if n_changes else f"{subject}: {decide}"


def applied_words(done: Application, *, name: str) -> str:
    """What applying did, and what comes next."""
    said = [f"Version {done.version} of “{name}” is applied."]
    if done.draft is not None:
        said.append(f"Its weights are in the draft, set {done.draft}: nothing of them counts until you publish it.")
    if done.actions:
        said.append("Changed rules of actions are being counted; until then the former ones hold.")
    if done.bands:
        said.append("The bands hold from the next scoring.")
    return " ".join(said)
