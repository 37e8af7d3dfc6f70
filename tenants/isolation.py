"""The page about isolation that can be handed to a client's IT, with the figures of the last run of its tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from engagement.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class IsolationFigures:
    """What `make isolation` found, where and when."""

    date: str  # ISO day
    commit: str
    is_clean: bool  # nothing but what the commit holds was tested
    cells: int
    seconds: int
    leaks: int
    cells_with_one_layer: int
    leaks_with_one_layer: int
    red_without_both: int
    transactions: int
    foreign_rows: int
    pgbouncer: bool


def read_figures(path: Path) -> IsolationFigures:
    """The figures of a file that `make isolation` wrote; raises InvalidInputError for anything else."""
    try:
        said: dict[str, Any] = json.loads(path.read_text())
        return IsolationFigures(**{each.name: said[each.name] for each in fields(IsolationFigures)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(f"{path} holds no figures: run make isolation. ({error!r})") from error


def statement(figures: IsolationFigures | None) -> str:
    """The page as Markdown; without figures it says how to get them."""
    return render_to_string("tenants/isolation.md", {"figures": figures})
