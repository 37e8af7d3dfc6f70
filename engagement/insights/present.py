"""Targets and runs as they are printed: text only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _lazy

from engagement.insights.standing import Standing, bare_gap_text, measure_name, standing, target_text, value_text
from engagement.insights.stored import said
from engagement.insights.terms import Terms, places_of
from engagement.insights.types import RunLine, TargetFigures
from engagement.look.dates import day_text, duration_text, instant_text, short_date_text
from engagement.look.numbers import count_text, delta_text
from engagement.look.remaining import time_left
from engagement.scoring.models import RunRequest, ScoreRun

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_STATES: dict[str, StrOrPromise] = {
    RunRequest.State.WAITING: _lazy("waiting"),
    RunRequest.State.FAILED: _lazy("failed"),
    ScoreRun.State.RUNNING: _lazy("running"),
    ScoreRun.State.PUBLISHED: _lazy("published"),
}
_UNFINISHED = frozenset({RunRequest.State.WAITING, ScoreRun.State.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLine:
    """A target beside its number."""

    id: str
    segment_key: str
    segment_name: str
    measure: str
    value: str
    current: str
    gap: str
    due_on: str
    owner: str
    note: str
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run, or a request for one, in a list."""

    number: str
    as_of: str
    day: str  # ISO, for links
    state: str
    is_unfinished: bool
    is_failed: bool
    has_page: bool
    is_in_force: bool
    is_sums_only: bool
    cause: str
    weight_set: str
    customers: str
    started: str
    took: str
    error: str
    left: str  # how long it still takes; empty where nobody knows


def target_line(*, target: TargetFigures, terms: Terms) -> TargetLine:
    """A target in words; a score that is short of it never prints as if it had reached it."""
    current, gap = _current_and_gap(target, terms)
    return TargetLine(
        id=target.id,
        segment_key=target.segment_key,
        segment_name=target.segment_name,
        measure=measure_name(measure=target.measure),
        value=target_text(value=target.value, measure=target.measure, terms=terms),
        current=current,
        gap=gap,
        due_on=day_text(target.due_on, locale=terms.locale),
        owner=target.owner_name or terms.locale.none,
        note=target.note,
        standing=standing(target=target, terms=terms),
    )


def _current_and_gap(target: TargetFigures, terms: Terms) -> tuple[str, str]:
    """The number and its distance, which agree as printed; "–" twice where there is no number."""
    if target.current is None:
        return terms.locale.none, terms.locale.none
    if target.measure != "score":
        gap = bare_gap_text(value=target.gap or 0, measure=target.measure, terms=terms)
        return value_text(value=target.current, measure=target.measure, terms=terms), gap
    printed = terms.printed(target.current, places=2, target=target.value)
    difference = printed - target.value
    return terms.text(printed), delta_text(difference, places=max(places_of(difference), 2), locale=terms.locale)


def run_rows(*, lines: Sequence[RunLine], terms: Terms) -> tuple[RunRow, ...]:
    """Runs and waiting requests, in the order given."""
    return tuple(_run_row(line, terms) for line in lines)


def _run_row(line: RunLine, terms: Terms) -> RunRow:
    locale = terms.locale
    took = line.finished_at - line.started_at if line.finished_at and line.number is not None else None
    cause = str(ScoreRun.Cause(line.cause).label)
    return RunRow(
        number=locale.none if line.number is None else str(line.number),
        as_of=short_date_text(line.as_of, locale=locale),
        day=line.as_of.isoformat(),
        state=str(_STATES[line.state]),
        is_unfinished=line.state in _UNFINISHED,
        is_failed=line.state == ScoreRun.State.FAILED,
        has_page=line.number is not None,
        is_in_force=line.is_in_force,
        is_sums_only=line.thinned_at is not None,
        cause=cause,
        weight_set=locale.none if line.weight_set_number is None else str(line.weight_set_number),
        customers=count_text(line.customers, locale=locale) if line.finished_at else locale.none,
        started=instant_text(line.started_at, zone=terms.zone, locale=locale),
        took=duration_text(took, locale=locale),
        error=said(line.error),
        left=time_left(line.seconds_left),
    )
