"""Why two runs of one day say different things, found by comparing what they used. No database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.history import Difference
from engagement.look.exact import from_units
from engagement.look.locales import spoken
from engagement.look.numbers import short_text

_NAMED = 3  # so many names stand in a sentence; the others are counted


@dataclass(frozen=True, slots=True)
class RunUse:
    """What a run used (ScoreRun.uses) and what of it the row itself says; `digest` is of all that it found."""

    uses: Mapping[str, Any]
    window_to: datetime
    watermark: datetime
    digest: str
    customers: int


# What other bands or segments cannot change: the points of everybody together.
_LEAVE_TOTAL = frozenset({"bands", "segments"})


def differences(*, before: RunUse, after: RunUse, total_moved: bool) -> tuple[Difference, ...]:
    """What the later of two runs of one day used otherwise, in the order of the list below.

    `total_moved`: the customers, points or occurrences of everybody together are not the same in both.

    weights (another weight set: weights, caps, window, half-life, full points) · overrides (weights of their own that
    segments have) · actions · segments · exclusion ·
    bands · time_zone (the day ends at another instant) · program. Where nothing of that differs but the results do, it
    is the data: events that came late, customers corrected, merged or erased; and so it is where only bands or segments
    differ and the total moved. Data may have changed beside the other causes too; that cannot be told from what was
    used, and only the ledger splits it.
    """
    one, two = before.uses, after.uses
    found = [
        *_weights(one, two),
        *_overrides(one, two),
        *_definitions("actions", one["actions"], two["actions"]),
        *_definitions("segments", one["segments"], two["segments"]),
        *_exclusion(one["exclusion"], two["exclusion"]),
        *_bands(one["bands"], two["bands"]),
    ]
    if before.window_to != after.window_to:
        found.append(Difference("time_zone", _("Another time zone: the day begins and ends at other instants")))
    if one["code_version"] != two["code_version"]:
        text = _("Program version {new} instead of {old}")
        found.append(Difference("program", text.format(new=two["code_version"], old=one["code_version"])))
    if found and total_moved and {each.cause for each in found} <= _LEAVE_TOTAL:
        found.append(_data(before, after))
    if found:
        return tuple(found)
    if before.digest == after.digest:
        return (Difference("nothing", _("Nothing changed: the same results")),)
    return (_data(before, after),)


def _data(before: RunUse, after: RunUse) -> Difference:
    more = after.customers - before.customers
    if more <= 0:
        return Difference("data", _("Late events, or customers corrected, merged or erased"))
    said = ngettext(
        "{n} customer more than before; late events, or customers corrected, may have changed it too",
        "{n} customers more than before; late events, or customers corrected, may have changed it too",
        more,
    )
    return Difference("data", said.format(n=more))


def _weights(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Difference]:
    if one["weight_set"] == two["weight_set"]:
        return []
    said = _("Weight set {new} instead of {old}").format(new=two["weight_set"], old=one["weight_set"])
    return [Difference("weights", said)]


def _overrides(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Difference]:
    """Segments whose weights of their own are new, others, or gone; runs of before there were any have none."""
    names = {segment.get("id"): segment["name"] for segment in (*one["segments"], *two["segments"])}
    then, now = _own_weights(one), _own_weights(two)
    changed = [owner for owner in now if owner in then and now[owner] != then[owner]]
    said = [
        words.format(segments=_listed([names[owner] for owner in owners]))
        for words, owners in (
            (_("Own weights of {segments} changed"), changed),
            (_("Own weights for {segments}"), [owner for owner in now if owner not in then]),
            (_("No own weights any more for {segments}"), [owner for owner in then if owner not in now]),
        )
        if owners
    ]
    return [Difference("overrides", "; ".join(said))] if said else []


def _own_weights(uses: Mapping[str, Any]) -> dict[str, Any]:
    """By segment: full points, and weight and cap of each action that is worth anything, whatever their order."""
    keys = [action["key"] for action in uses["actions"]]
    return {
        override["segment"]: (
            override["full_points_thousandths"],
            {
                key: line
                for key, *line in zip(keys, override["weight_thousandths"], override["caps"], strict=True)
                if line[0]
            },
        )
        for override in uses.get("overrides", ())
    }


def _definitions(cause: str, one: Sequence[Mapping[str, Any]], two: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Rules that are new, gone or others, by key; names and the order alone change nothing."""
    then, now = ({part["key"]: part["definition"] for part in parts} for parts in (one, two))
    names = {part["key"]: part["name"] for part in (*one, *two)}
    sentences = _rule_words if cause == "segments" else _action_words
    kinds = (
        [key for key in now if key in then and now[key] != then[key]],
        [key for key in now if key not in then],
        [key for key in then if key not in now],
    )
    said = [
        words.format(names=_listed([names[key] for key in keys]))
        for words, keys in zip(sentences(*map(len, kinds)), kinds, strict=True)
        if keys
    ]
    return [Difference(cause, "; ".join(said))] if said else []


def _action_words(changed: int, new: int, gone: int) -> tuple[str, str, str]:
    return (
        ngettext("Changed action: {names}", "Changed actions: {names}", changed),
        ngettext("New action: {names}", "New actions: {names}", new),
        ngettext("Left out action: {names}", "Left out actions: {names}", gone),
    )


def _rule_words(changed: int, new: int, gone: int) -> tuple[str, str, str]:
    return (
        ngettext("Changed segment: {names}", "Changed segments: {names}", changed),
        ngettext("New segment: {names}", "New segments: {names}", new),
        ngettext("Left out segment: {names}", "Left out segments: {names}", gone),
    )


def _listed(names: list[str]) -> str:
    shown, rest = names[:_NAMED], len(names) - _NAMED
    listed = ", ".join(shown)
    return _("{names} and {count} more").format(names=listed, count=rest) if rest > 0 else listed


def _exclusion(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Difference]:
    same = one["definition"] == two["definition"]
    return [] if same else [Difference("exclusion", _("Another rule for who is left out"))]


def _bands(one: Sequence[int], two: Sequence[int]) -> list[Difference]:
    if list(one) == list(two):
        return []
    good, excellent = (_line(line) for line in two)
    old_good, old_excellent = (_line(line) for line in one)
    said = _("Bands begin at {good} and {excellent} instead of {old_good} and {old_excellent}").format(
        good=good, excellent=excellent, old_good=old_good, old_excellent=old_excellent
    )
    return [Difference("bands", said)]


def _line(thousandths: int) -> str:
    return short_text(from_units(thousandths, places=3), most=3, locale=spoken())
