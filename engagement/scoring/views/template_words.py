"""What the pages about templates say: items and their values in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.scoring.forms.weights import SOURCE_PHRASES
from engagement.scoring.matching import describe as describe_action
from engagement.scoring.matching import parse_action_rule
from engagement.scoring.models import Channel
from engagement.scoring.rules import describe as describe_segment
from engagement.scoring.rules import parse_rule
from engagement.scoring.selectors.weights import to_points
from engagement.scoring.templating.compare import ABSENT, Item, State
from engagement.scoring.templating.content import Content, FullPoints
from engagement.scoring.templating.types import Application, Comparison
from engagement.scoring.views import reader as numbers
from engagement.scoring.views.words import weight_text

_KINDS: Final = {
    "action": _lazy("Action “{name}”"),
    "set": _lazy("Set of segments “{name}”"),
    "segment": _lazy("Segment “{name}”"),
}
_NAMES: Final = {
    "weights.window_days": _lazy("Window"),
    "weights.half_life_days": _lazy("Half-life"),
    "weights.full_points": _lazy("Full points"),
    "bands.lines": _lazy("Lines between bands"),
    "bands.names": _lazy("Names of bands"),
}
_FIELDS: Final = {
    "name": _lazy("name"),
    "channel": _lazy("channel"),
    "rule": _lazy("who"),
    "weight": _lazy("weight"),
    "cap": _lazy("cap"),
    "is_partition": _lazy("covers everybody once"),
    "set": _lazy("its set"),
    "is_missing_data": _lazy("is missing data"),
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
        return str(_NAMES[item.id])
    thing = names.get(item.path[:2], item.path[1])
    if item.is_whole:
        return str(_KINDS[item.path[0]]).format(name=thing)
    is_action_rule = (item.path[0], item.path[2]) == ("action", "rule")
    what = _("which events") if is_action_rule else str(_FIELDS[item.path[2]])
    return f"{thing}: {what}"


def value_words(item: Item, value: object) -> str:
    """A value as a person reads it; "–" where nothing was applied before, "not there" for what one side lacks."""
    if value is ABSENT:
        return _("not there") if item.is_whole else "–"
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
        return _("worth {weight}: {rule}").format(weight=worth, rule=_rule_words(fields["rule"]))
    if kind == "segment":
        return _segment_words(fields["rule"])
    return _("covers everybody once") if fields["is_partition"] else _("may overlap")


def _rule_words(rule: Any) -> str:
    return describe_action(parse_action_rule(dict(rule)))


def _segment_words(rule: Any) -> str:
    return describe_segment(parse_rule(dict(rule)))


def _days_words(days: Any) -> str:
    if days is None:
        return _("none")
    return ngettext("{n} day", "{n} days", days).format(n=numbers.count_text(days))


def _lines_words(lines: Any) -> str:
    good, excellent = (weight_text(to_points(line)) for line in lines)
    return _("{good} and {excellent}").format(good=good, excellent=excellent)


def full_points_words(value: Any) -> str:
    """The number of one's own, or where it is taken from: median of active customers."""
    full_points = cast("FullPoints", value)
    if full_points.source != "own":
        return SOURCE_PHRASES[full_points.source]
    return _("not decided") if full_points.thousandths is None else weight_text(to_points(full_points.thousandths))


_VALUES: Final[Mapping[str, Callable[[Any], str]]] = {
    "window_days": _days_words,
    "half_life_days": _days_words,
    "full_points": full_points_words,
    "lines": _lines_words,
    "names": ", ".join,
    "channel": lambda channel: str(Channel(channel).label),
    "rule": _rule_words,
    "weight": lambda weight: weight_text(to_points(weight)),
    "cap": lambda cap: _("none") if cap is None else numbers.count_text(cap),
    "is_partition": lambda yes: _("yes") if yes else _("no"),
    "is_missing_data": lambda yes: _("yes") if yes else _("no"),
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
    version, n = seen.offered.version, n_conflicts + n_changes
    if seen.is_first and n:
        differs = ngettext(
            "Version {version} differs from what is here in {n} item",
            "Version {version} differs from what is here in {n} items",
            n,
        )
        return differs.format(version=version, n=n)
    if not n:
        return _("Version {version} changes nothing here").format(version=version)
    if not n_changes:
        decide = ngettext(
            "Version {version}: {n} needs your decision", "Version {version}: {n} need your decision", n_conflicts
        )
        return decide.format(version=version, n=n_conflicts)
    changes = ngettext("Version {version} changes {n} item", "Version {version} changes {n} items", n_changes)
    said = changes.format(version=version, n=n_changes)
    if not n_conflicts:
        return said
    decide = ngettext("{changes}, {n} needs your decision", "{changes}, {n} need your decision", n_conflicts)
    return decide.format(changes=said, n=n_conflicts)


def applied_words(done: Application, *, name: str) -> str:
    """What applying did, and what comes next."""
    said = [_("Version {version} of “{name}” is applied.").format(version=done.version, name=name)]
    if done.draft is not None:
        draft = _("Its weights are in the draft, set {number}: nothing of them counts until you publish it.")
        said.append(draft.format(number=done.draft))
    if done.actions:
        said.append(_("Changed rules of actions are being counted; until then the former ones hold."))
    if done.bands:
        said.append(_("The bands hold from the next scoring."))
    return " ".join(said)
