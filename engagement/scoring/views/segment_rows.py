"""The page of all segments, ready to print: each with its score and what is to be known of it, and a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from engagement.scoring.selectors.segment_states import ArchivedSegment, SegmentState
from engagement.scoring.services.defaults import ALL_KEY
from engagement.scoring.types import SegmentLine, SegmentSetLine
from engagement.scoring.views.reader import count_text, score_text
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
        return _("Only all customers are looked at so far")
    n = sum(len(group.segments) for group in sets)
    checked = [group for group in sets if group.segments and group.partition and group.partition.is_checked]
    broken = [group.name for group in checked if group.partition and not group.partition.is_whole]
    said = _("{segments} in {sets}").format(
        segments=ngettext("{n} segment", "{n} segments", n).format(n=count_text(n)),
        sets=npgettext("of segments", "{n} set", "{n} sets", len(sets)).format(n=len(sets)),
    )
    if not broken:
        return said
    if len(broken) == 1:
        return _("{said}: “{name}” does not add up").format(said=said, name=broken[0])
    return _("{said}: {n} do not add up").format(said=said, n=len(broken))


def _row(line: SegmentLine, state: SegmentState, organisation: Organisation) -> SegmentRow:
    bands = bands_of(organisation)
    shows = state.score is not None
    return SegmentRow(
        line=line,
        customers=_("not scored yet") if line.n is None else count_text(line.n),
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
        return _("under {n}").format(n=organisation.minimum_n)
    return "" if state.band else _("no band under {n}").format(n=organisation.minimum_n_band)


def _tags(line: SegmentLine, state: SegmentState) -> tuple[str, ...]:
    said = (
        (line.is_missing_data, _("missing data")),
        (state.is_new and line.key != ALL_KEY, _("from the next scoring")),
        (state.is_changed, _("new rule from the next scoring")),
        (state.is_empty and not state.is_changed, _("nobody")),
        (state.has_own_weights, _("own weights")),
    )
    return tuple(words for holds, words in said if holds)
