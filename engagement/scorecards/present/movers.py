"""Who of a segment moved, as it is printed, on the page and in a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from engagement.insights.mover_types import MoverLine, MoverRow, Movers
from engagement.insights.terms import Terms
from engagement.look.charts.table import Cell
from engagement.look.components import Choice
from engagement.look.exact import rounded
from engagement.look.numbers import count_text, delta_text, headline_score_text, share_with_base
from engagement.scorecards.words import movers as words
from engagement.scorecards.words.periods import (
    Unscored,
    by_choices,
    compared_words,
    not_shown_words,
    page_query,
    unscored_lines,
)
from engagement.scoring.formula import Movement

# What programs read stays as it is, whoever asks for the file.
_IN_FILES: Final = {
    Movement.ROSE: "rose",
    Movement.FELL: "fell",
    Movement.STAYED: "stayed",
    Movement.SILENT: "newly silent",
    Movement.BACK: "came back",
    Movement.JOINED: "joined",
    Movement.LEFT: "left",
}
FILE_HEADER = ("Customer", "Number", "What became of them", "Score before", "Score", "Change", "Before", "As of")


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyRow:
    name: str
    means: str
    n: str
    share: str  # of the members now; "" for those who left


@dataclass(frozen=True, slots=True, kw_only=True)
class MoverCells:
    number: int
    external_id: str
    before: str
    after: str
    change: str
    tag: str  # "newly silent", "came back"; ""
    behind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoversPage:
    key: str
    name: str
    query: str
    by: tuple[Choice, ...]
    finding: str
    standfirst: str
    compared: str
    reason: str
    unscored: tuple[Unscored, ...]
    tally: tuple[TallyRow, ...]
    sums: tuple[str, ...]
    cautions: tuple[str, ...]
    risers: tuple[MoverCells, ...]
    fallers: tuple[MoverCells, ...]


def movers_page(*, found: Movers, terms: Terms) -> MoversPage:
    """The page; where there is nothing to compare it has the reason and no number."""
    said = found.comparison
    compared = compared_words(said)
    return MoversPage(
        key=found.segment_key,
        name=found.segment_name,
        query=urlencode(page_query(run=found.shown, comparison=said)),
        by=by_choices(comparison=said, query={}),
        finding=words.finding(found=found, terms=terms),
        standfirst=words.standfirst(found=found, terms=terms),
        compared=f"{compared}. {capfirst(not_shown_words(said))}".strip() if compared else "",
        reason=found.reason,
        unscored=unscored_lines(days=said.unscored, terms=terms),
        tally=_tally(found, terms) if not found.reason else (),
        sums=words.sums(found=found, terms=terms) if not found.reason else (),
        cautions=words.cautions(found=found, terms=terms) if not found.reason else (),
        risers=_cells(found.risers, terms),
        fallers=_cells(found.fallers, terms),
    )


def _tally(found: Movers, terms: Terms) -> tuple[TallyRow, ...]:
    def share(movement: Movement, n: int) -> str:
        if movement is Movement.LEFT:
            return ""
        return share_with_base(part=n, whole=found.after, locale=terms.locale).text if found.after else ""

    return tuple(
        TallyRow(
            name=str(words.NAMES[movement]),
            means=str(words.MEANS[movement]),
            n=count_text(n, locale=terms.locale),
            share=share(movement, n),
        )
        for movement, n in found.tally.items()
    )


def _cells(lines: Sequence[MoverLine], terms: Terms) -> tuple[MoverCells, ...]:
    return tuple(
        MoverCells(
            number=line.number,
            external_id=line.external_id or _("no. {n}").format(n=line.number),
            before=headline_score_text(line.before, bands=terms.bands, locale=terms.locale),
            after=headline_score_text(line.after, bands=terms.bands, locale=terms.locale),
            change=delta_text(line.change, places=1, locale=terms.locale),
            tag=str(words.TAGS.get(line.movement, "")),
            behind=words.behind(line=line, terms=terms),
        )
        for line in lines
    )


def file_rows(*, rows: Iterator[MoverRow], before: str, as_of: str) -> Iterator[tuple[Cell, ...]]:
    """The lines of the file; scores with six decimals."""
    for row in rows:
        then, now = (None if score is None else rounded(score, places=6) for score in (row.before, row.after))
        change = None if row.before is None or row.after is None else rounded(row.after - row.before, places=6)
        yield row.external_id, row.number, _IN_FILES[row.movement], then, now, change, before, as_of
