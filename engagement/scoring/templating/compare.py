"""Three states of one thing, part by part: as it was applied, as the client has it now, as the template has it now.

Pure: no Django, no database. A state is a mapping from a path (("action", "visit"), ("bands",)) to its fields. What
both sides have is compared field by field; what one side lacks is compared as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

Path = tuple[str, ...]
Fields = Mapping[str, object]
Parts = Mapping[Path, Fields]


class Absent(Enum):
    """There is no such thing: another answer than a field that is empty."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


class State(StrEnum):
    """Who changed an item since it was applied."""

    SAME = "same"  # nobody, or it is new to this comparison and alike on both sides
    CLIENT = "client"
    TEMPLATE = "template"
    ALIKE = "alike"  # both, to the same
    CONFLICT = "conflict"  # both, to something else


class Side(StrEnum):
    """Whose value is taken."""

    CLIENT = "client"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is compared. A value is a field's, or all fields of something that one side lacks, or ABSENT."""

    path: Path
    base: object
    client: object
    template: object
    is_whole: bool = False

    @property
    def id(self) -> str:
        """The path as one word: "action.visit.weight"; keys hold no dots."""
        return ".".join(self.path)

    @property
    def state(self) -> State:
        if self.client == self.template:
            return State.SAME if self.base in (self.client, ABSENT) else State.ALIKE
        if self.base == self.client:
            return State.TEMPLATE
        return State.CLIENT if self.base == self.template else State.CONFLICT


def compare(*, base: Parts, client: Parts, template: Parts) -> tuple[Item, ...]:
    """Every item of the three, in the client's order, then the template's.

    An empty `base` (nothing has been applied before) makes every difference a conflict, what only the template has an
    addition, and what only the client has the client's own.

    >>> was, now = {("weights",): {"window_days": 90}}, {("weights",): {"window_days": 30}}
    >>> [(item.id, item.state.value) for item in compare(base=was, client=was, template=now)]
    [('weights.window_days', 'template')]
    """
    paths = dict.fromkeys([*client, *template, *base])
    return tuple(item for path in paths for item in _items(path, base.get(path), client.get(path), template.get(path)))


def conflicts(items: Iterable[Item]) -> tuple[Item, ...]:
    """Those that somebody has to decide."""
    return tuple(item for item in items if item.state is State.CONFLICT)


def merge(
    *, base: Parts, client: Parts, template: Parts, decisions: Mapping[str, Side]
) -> dict[Path, dict[str, object]]:
    """The client's state after the upgrade: the template's changes, the client's own, and conflicts as decided.

    Raises KeyError for a conflict without a decision. A segment that stays keeps its set, and a set without a segment
    goes: nothing belongs to something that is not there.
    """
    merged: dict[Path, dict[str, object]] = {}
    for item in compare(base=base, client=client, template=template):
        value = _chosen(item, decisions)
        if not item.is_whole:
            merged.setdefault(item.path[:-1], {})[item.path[-1]] = value
        elif isinstance(value, Mapping):
            merged[item.path] = dict(value)
    return _held_together(merged, sources=(client, template, base))


def _items(path: Path, base: Fields | None, client: Fields | None, template: Fields | None) -> Iterator[Item]:
    if client is None or template is None:
        yield Item(path, _or_absent(base), _or_absent(client), _or_absent(template), is_whole=True)
        return
    for name in dict.fromkeys([*client, *template]):
        before = ABSENT if base is None else base.get(name, ABSENT)
        yield Item((*path, name), before, client.get(name, ABSENT), template.get(name, ABSENT))


def _or_absent(fields: Fields | None) -> object:
    return ABSENT if fields is None else fields


def _chosen(item: Item, decisions: Mapping[str, Side]) -> object:
    takes_template = item.state is State.TEMPLATE or (
        item.state is State.CONFLICT and decisions[item.id] is Side.TEMPLATE
    )
    return item.template if takes_template else item.client


def _held_together(
    merged: dict[Path, dict[str, object]], *, sources: tuple[Parts, ...]
) -> dict[Path, dict[str, object]]:
    needed = {("set", str(fields["set"])) for path, fields in merged.items() if path[0] == "segment"}
    for path in sorted(needed - merged.keys()):
        merged[path] = dict(next(source[path] for source in sources if path in source))
    return {path: fields for path, fields in merged.items() if path[0] != "set" or path in needed}
