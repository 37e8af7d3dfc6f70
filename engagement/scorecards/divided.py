"""A segment's points by the value of event properties, for programs: exact, with a reason where they are not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext_noop as noop

from engagement.insights.history import Comparison
from engagement.insights.types import Figures, RunFacts
from engagement.look.said import Said
from engagement.scorecards.present.breakdowns import whole_rows
from engagement.scoring.selectors.breakdowns import BreakdownRow, RunBreakdown

DONE, WAITING, FAILED, NOT_ASKED = STATES = ("done", "waiting", "failed", "not_asked")
REASONS: Final = Said(
    {
        WAITING: noop("not known yet: this run is being divided. Ask again in a moment"),
        FAILED: noop("not known: this run could not be divided. The next scoring tries it anew"),
        NOT_ASKED: noop("not known: this run was not divided by this property"),
    }
)
Found = Mapping[tuple[int, str], RunBreakdown]


@dataclass(frozen=True, slots=True, kw_only=True)
class DividedRow:
    """One value; `share` of the segment's points, 0…1, is None where negative points or none make it meaningless."""

    kind: str
    value: str
    customers: int | None
    occurrences: Fraction
    points: Fraction
    share: Fraction | None
    points_before: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DividedProperty:
    """The rows of one property, which add up to the segment; none where `reason` says why."""

    property: str
    state: str
    reason: str | None
    rows: tuple[DividedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """One segment in one run; numbers are None, and nothing is divided, where `reason` says why."""

    run: RunFacts
    segment_key: str
    segment_name: str
    reason: str | None
    total_points: Fraction | None
    total_occurrences: Fraction | None
    active_customers: int | None
    before: RunFacts | None
    breakdowns: tuple[DividedProperty, ...]


def runs_to_compare(run: RunFacts, said: Comparison) -> list[int]:
    """The run, and that of the finished period before where changes are of the run."""
    before = _before(said)
    return [run.number] if before is None else [run.number, before.number]


def _before(said: Comparison) -> RunFacts | None:
    return said.before if said.is_shown else None


def divided(*, found: Found, names: Sequence[str], figures: Figures, run: RunFacts, said: Comparison) -> Divided:
    """Every named property in its order; nothing of a segment too small for numbers."""
    is_known = figures.points_per_customer is not None
    before = _before(said)
    earlier = {name: one for (number, name), one in found.items() if before and number == before.number}
    return Divided(
        run=run,
        segment_key=figures.segment_key,
        segment_name=figures.segment_name,
        reason=None if is_known else figures.reason,
        total_points=figures.total_points if is_known else None,
        total_occurrences=figures.total_occurrences if is_known else None,
        active_customers=figures.n_active if is_known else None,
        before=before,
        breakdowns=tuple(_property(name, found.get((run.number, name)), earlier.get(name), figures) for name in names)
        if is_known
        else (),
    )


def _property(name: str, one: RunBreakdown | None, before: RunBreakdown | None, figures: Figures) -> DividedProperty:
    state = one.state if one else NOT_ASKED
    rows = whole_rows(_rows_of(one, figures), figures)
    then = {(row.kind, row.value): row.points for row in _rows_of(before, figures)}
    is_shared = figures.total_points > 0 and all(row.points >= 0 for row in rows)
    return DividedProperty(
        property=name,
        state=state,
        reason=REASONS.get(state),
        rows=tuple(
            DividedRow(
                kind=row.kind,
                value=row.value,
                customers=row.customers,
                occurrences=row.occurrences,
                points=row.points,
                share=row.points / figures.total_points if is_shared else None,
                points_before=then.get((row.kind, row.value)),
            )
            for row in rows
        ),
    )


def _rows_of(one: RunBreakdown | None, figures: Figures) -> Sequence[BreakdownRow]:
    return (one.rows or {}).get(figures.segment_key, ()) if one else ()
