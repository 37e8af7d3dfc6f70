"""How the rows of a rule stand in groups, and what its buttons do to them: all of it in the fields that are sent.

Rows are numbered through all groups, so "2,1" is rows 1 and 2 in the first group and row 3 in the second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from engagement.scoring.rules import MAX_CONDITIONS

MAX_GROUPS: Final = 8
COLUMNS: Final = ("subject", "trait", "op", "value")
_PLAIN: Final = (6,)  # what sends no layout means six rows in one group
_ACT: Final = re.compile(r"(add-row|drop-row|drop-group)-(\d{1,2})|(add-group|look)")

Layout = tuple[int, ...]
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Rearranged:
    """The fields as they stand after a button, which one has the focus, and what was done in words."""

    data: QueryDict
    focus: str
    said: str


@dataclass(slots=True)
class _Group:
    kind: str
    rows: list[Row] = field(default_factory=list)


def read_layout(text: str | None) -> Layout:
    """How many rows each group has; six in one group where the text says nothing that can be used."""
    parts = (text or "").split(",")
    if not all(re.fullmatch(r"[1-9]\d?", part, re.ASCII) for part in parts) or len(parts) > MAX_GROUPS:
        return _PLAIN
    found = tuple(map(int, parts))
    return found if sum(found) <= MAX_CONDITIONS else _PLAIN


def layout_text(layout: Layout) -> str:
    """The same as `read_layout` reads it."""
    return ",".join(map(str, layout))


def rows_of(layout: Layout) -> tuple[range, ...]:
    """The numbers of the rows of each group, from 1 on."""
    ends = [sum(layout[: at + 1]) for at in range(len(layout))]
    return tuple(range(end - n + 1, end + 1) for n, end in zip(layout, ends, strict=True))


def kind_name(group: int) -> str:
    """The field that says how the conditions of a group (from 1) belong together."""
    return "kind" if group == 1 else f"kind_{group}"


def rearranged(data: QueryDict, act: str) -> Rearranged:
    """What a button makes of the fields that were sent; whatever is no button of the page changes nothing."""
    found = _ACT.fullmatch(act)
    groups = _read(data)
    if found is None or found[3] == "look":
        return Rearranged(data, "", "")
    if found[3] == "add-group":
        focus, said = _add_group(groups)
        data = data.copy()
        data.setdefault("between", "all")
    else:
        focus, said = _ACTS[found[1]](groups, int(found[2]))
    return Rearranged(_written(data, groups), focus, said)


def _read(data: QueryDict) -> list[_Group]:
    layout = read_layout(data.get("layout"))
    return [
        _Group(
            kind=data.get(kind_name(at), "all"),
            rows=[{name: data.get(f"{name}_{number}", "") for name in COLUMNS} for number in numbers],
        )
        for at, numbers in enumerate(rows_of(layout), start=1)
    ]


def _written(data: QueryDict, groups: Sequence[_Group]) -> QueryDict:
    """The fields with these groups in place of those that were there."""
    written = data.copy()
    own = re.compile(rf"(?:{'|'.join(COLUMNS)}|kind)_\d+")
    for name in [name for name in written if own.fullmatch(name)]:
        del written[name]
    number = 0
    for at, group in enumerate(groups, start=1):
        written[kind_name(at)] = group.kind
        for row in group.rows:
            number += 1
            for name, value in row.items():
                written[f"{name}_{number}"] = value
    written["layout"] = layout_text(tuple(len(group.rows) for group in groups))
    return written


def _first(groups: Sequence[_Group], group: int) -> int:
    """The number of the first row of a group, both from 1."""
    return sum(len(one.rows) for one in groups[: group - 1]) + 1


def _too_many() -> str:
    return _("{n} conditions are the limit: “is one of” replaces several.").format(n=MAX_CONDITIONS)


def _add_row(groups: list[_Group], group: int) -> tuple[str, str]:
    if not 1 <= group <= len(groups):
        return "", ""
    if sum(len(one.rows) for one in groups) >= MAX_CONDITIONS:
        return "", _too_many()
    groups[group - 1].rows.append(dict.fromkeys(COLUMNS, ""))
    number = _first(groups, group + 1) - 1
    if len(groups) > 1:
        return f"subject_{number}", _("Condition {n} added to group {group}.").format(n=number, group=group)
    return f"subject_{number}", _("Condition {n} added.").format(n=number)


def _add_group(groups: list[_Group]) -> tuple[str, str]:
    if len(groups) >= MAX_GROUPS:
        return "", _("{n} groups are the limit.").format(n=MAX_GROUPS)
    if sum(len(one.rows) for one in groups) >= MAX_CONDITIONS:
        return "", _too_many()
    groups.append(_Group("all", [dict.fromkeys(COLUMNS, "")]))
    said = _("Group {group} added, with one condition.").format(group=len(groups))
    return f"subject_{_first(groups, len(groups))}", said


def _drop_row(groups: list[_Group], number: int) -> tuple[str, str]:
    place = next((at for at, rows in enumerate(rows_of(_layout(groups))) if number in rows), None)
    if place is None:
        return "", ""
    if len(groups[place].rows) == 1 and len(groups) > 1:
        return _drop_group(groups, place + 1)
    del groups[place].rows[number - _first(groups, place + 1)]
    groups[place].rows = groups[place].rows or [dict.fromkeys(COLUMNS, "")]
    last = _first(groups, place + 1) + len(groups[place].rows) - 1
    return f"subject_{min(number, last)}", _("Condition {n} taken away.").format(n=number)


def _drop_group(groups: list[_Group], group: int) -> tuple[str, str]:
    if not 1 <= group <= len(groups) or len(groups) == 1:
        return "", ""
    del groups[group - 1]
    said = _("Group {group} taken away.").format(group=group)
    return f"subject_{_first(groups, min(group, len(groups)))}", said


def _layout(groups: Sequence[_Group]) -> Layout:
    return tuple(len(group.rows) for group in groups)


_ACTS: Final = {"add-row": _add_row, "drop-row": _drop_row, "drop-group": _drop_group}
