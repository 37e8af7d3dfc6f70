"""Why two runs of one day say different things, found by comparing what they used. No database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engagement.insights.history import Difference

_NAMED = 3  # so many names stand in a sentence; the others are counted


@dataclass(frozen=True, slots=True)
class RunUse:
    """What a run used (ScoreRun.uses) and what of it the row itself says; `digest` is of all that it found."""

    uses: Mapping[str, Any]
    window_to: datetime
    watermark: datetime
    digest: str


DATA = Difference("data", "Late events, or customers corrected, merged or erased")
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
        *_definitions("actions", "action", one["actions"], two["actions"]),
        *_definitions("segments", "segment", one["segments"], two["segments"]),
        *_exclusion(one["exclusion"], two["exclusion"]),
        *_bands(one["bands"], two["bands"]),
    ]
    if before.window_to != after.window_to:
        found.append(Difference("time_zone", "Another time zone: the day begins and ends at other instants"))
    if one["code_version"] != two["code_version"]:
        text = f"Program version {two['code_version']} instead of {one['code_version']}"
        found.append(Difference("program", text))
    if found and total_moved and {each.cause for each in found} <= _LEAVE_TOTAL:
        found.append(DATA)
    if found:
        return tuple(found)
    if before.digest == after.digest:
        return (Difference("nothing", "Nothing changed: the same results"),)
    return (DATA,)


def _weights(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Difference]:
    if one["weight_set"] == two["weight_set"]:
        return []
    return [Difference("weights", f"Weight set {two['weight_set']} instead of {one['weight_set']}")]


def _overrides(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Difference]:
    """Segments whose weights of their own are new, others, or gone; runs of before there were any have none."""
    names = {segment.get("id"): segment["name"] for segment in (*one["segments"], *two["segments"])}
    then, now = _own_weights(one), _own_weights(two)
    said = [
        f"{words} {_listed([names[owner] for owner in owners])}{rest}"
        for words, owners, rest in (
            ("Own weights of", [owner for owner in now if owner in then and now[owner] != then[owner]], " changed"),
            ("Own weights for", [owner for owner in now if owner not in then], ""),
            ("No own weights any more for", [owner for owner in then if owner not in now], ""),
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


def _definitions(
    cause: str, noun: str, one: Sequence[Mapping[str, Any]], two: Sequence[Mapping[str, Any]]
) -> list[Difference]:
    """Rules that are new, gone or others, by key; names and the order alone change nothing."""
    then, now = ({part["key"]: part["definition"] for part in parts} for parts in (one, two))
    names = {part["key"]: part["name"] for part in (*one, *two)}
    said = [
        f"{words} {noun}{'' if len(keys) == 1 else 's'}: {_listed([names[key] for key in keys])}"
        for words, keys in (
            ("Changed", [key for key in now if key in then and now[key] != then[key]]),
            ("New", [key for key in now if key not in then]),
            ("Left out", [key for key in then if key not in now]),
        )
        if keys
    ]
    return [Difference(cause, "; ".join(said))] if said else []


def _listed(names: list[str]) -> str:
    shown, rest = names[:_NAMED], len(names) - _NAMED
    return f"{', '.join(shown)} and {rest} more" if rest > 0 else ", ".join(shown)


def _exclusion(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Difference]:
    same = one["definition"] == two["definition"]
    return [] if same else [Difference("exclusion", "Another rule for who is left out")]


def _bands(one: Sequence[int], two: Sequence[int]) -> list[Difference]:
    if list(one) == list(two):
        return []
    then, now = (" and ".join(_line(line) for line in lines) for lines in (one, two))
    return [Difference("bands", f"Bands begin at {now} instead of {then}")]


def _line(thousandths: int) -> str:
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
