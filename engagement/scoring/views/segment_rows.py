"""The page of all segments, ready to print: each with its score and what is to be known of it, and a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engagement.look.numbers import count_text, score_text
from engagement.scoring.selectors.segment_states import ArchivedSegment, SegmentState
from engagement.scoring.services.defaults import ALL_KEY
from engagement.scoring.types import SegmentLine, SegmentSetLine
from engagement.scoring.views.words import bands_of
from tenants.models import Organisation


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A line of the table. `tags` are its states in one or two words; `why` says why there is no score."""

    line: SegmentLine
    customers: str
    score: str
    band: str
    band_name: str
    why: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetRows:
    """A set with its lines; `is_open`: its list of places stays open, because one was just moved."""

    set: SegmentSetLine
    rows: tuple[SegmentRow, ...]
    is_open: bool


def segments_page(
    *,
    sets: Sequence[SegmentSetLine],
    lines: Sequence[SegmentLine],
    states: Mapping[str, SegmentState],
    archived: Sequence[ArchivedSegment],
    organisation: Organisation,
    order: str | None,
) -> dict[str, object]:
    """What the template takes; a set whose segments are all archived is left out, as they stand with these."""
    emptied = {one.set_key for one in archived}
    shown = [group for group in sets if group.segments or group.key not in emptied]
    rows = {line.key: _row(line, states[line.key], organisation) for line in lines}
    return {
        "all_customers": rows.get(ALL_KEY),
        "sets": tuple(_set(group, rows, order) for group in shown),
        "finding": _finding(shown),
        "archived": archived,
    }


def _set(group: SegmentSetLine, rows: Mapping[str, SegmentRow], order: str | None) -> SetRows:
    keys = [line.key for line in group.segments]
    return SetRows(group, tuple(rows[key] for key in keys), order in keys)


def _finding(sets: Sequence[SegmentSetLine]) -> str:
    if not sets:
        return "Only all customers are looked at so far"
    n = sum(len(group.segments) for group in sets)
    checked = [group for group in sets if group.segments and group.partition and group.partition.is_checked]
    broken = [group.name for group in checked if group.partition and not group.partition.is_whole]
    said = f"{count_text(n)} segment{'' if n == 1 else 's'} in {len(sets)} set{'' if len(sets) == 1 else 's'}"
    if not broken:
        return said
    return f"{said}: “{broken[0]}” does not add up" if len(broken) == 1 else f"{said}: {len(broken)} do not add up"


def _row(line: SegmentLine, state: SegmentState, organisation: Organisation) -> SegmentRow:
    bands = bands_of(organisation)
    shows = state.score is not None
    return SegmentRow(
        line=line,
        customers="not scored yet" if line.n is None else count_text(line.n),
        score=score_text(state.score, bands=bands) if shows else "–",
        band=state.band,
        band_name=bands.name(state.band) if state.band else "",
        why=_why(line, state, organisation),
        tags=_tags(line, state),
    )


def _why(line: SegmentLine, state: SegmentState, organisation: Organisation) -> str:
    if line.n is None or state.is_empty:
        return ""
    if state.score is None:
        return f"under {organisation.minimum_n}"
    return "" if state.band else f"no band under {organisation.minimum_n_band}"


def _tags(line: SegmentLine, state: SegmentState) -> tuple[str, ...]:
    said = (
        (line.is_missing_data, "missing data"),
        (state.is_new and line.key != ALL_KEY, "from the next scoring"),
        (state.is_changed, "new rule from the next scoring"),
        (state.is_empty and not state.is_changed, "nobody"),
        (state.has_own_weights, "own weights"),
    )
    return tuple(words for holds, words in said if holds)
