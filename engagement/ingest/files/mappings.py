"""What people say the columns of a file are."""

from __future__ import annotations

from collections import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from engagement.errors import InvalidInputError
from engagement.ingest.contracts.values import shown
from engagement.ingest.files.columns import Columns, missing_column, places_of
from engagement.ingest.files.numbers import POINT, Numbers

CLOCK: Final = "clock"  # a role of its own: the time of day in a column beside the day


@dataclass(frozen=True)
class Mapping:
    """`roles` gives each role the name of its column; `constants` a text that every row has for a role instead.

    `kept` are the columns that become properties or traits; None: all that have no role. `numbers` is how the cells of
    CSV and TSV write numbers; other forms say themselves what is a number.
    """

    roles: abc.Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] | None = None
    constants: abc.Mapping[str, str] = field(default_factory=dict)
    numbers: Numbers = POINT


def columns_by(
    mapping: Mapping,
    columns: Sequence[str],
    *,
    names: abc.Mapping[str, tuple[str, ...]],
    required: Sequence[str],
) -> Columns:
    """The places that a mapping means in a file with these columns.

    Raises InvalidInputError, with the role as field, for a role that this kind has not, a column that the file has not,
    or a required role that has neither a column nor a constant.
    """
    places = {title: place for place, title in enumerate(columns) if title}
    places_of(columns)
    roles = {role: _place(name, role=role, places=places) for role, name in mapping.roles.items()}
    for role in (*roles, *mapping.constants):
        if role not in names and not (role == CLOCK and "time" in names):
            raise InvalidInputError(
                f"A file of this kind has no {shown(role)}.", fields={role: ["There is no such role."]}
            )
    for role in required:
        if role not in roles and not mapping.constants.get(role, "").strip():
            raise missing_column(role, titles=columns, synonyms=names[role])
    clock = roles.pop(CLOCK, None)
    used = {*roles.values(), clock}
    return Columns(
        count=len(columns),
        roles=roles,
        clock=clock,
        others=tuple(
            (title, place)
            for title, place in places.items()
            if place not in used and (mapping.kept is None or title in mapping.kept)
        ),
        constants={role: text.strip() for role, text in mapping.constants.items() if role not in roles},
        kept=None if mapping.kept is None else frozenset(mapping.kept),
        numbers=mapping.numbers,
    )


def _place(name: str, *, role: str, places: abc.Mapping[str, int]) -> int:
    if name not in places:
        message = f"The file has no column {shown(name)}, which is to be the {role}."
        raise InvalidInputError(message, fields={role: [f"No column named {shown(name)}."]})
    return places[name]
