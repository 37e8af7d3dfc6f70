"""Who of a segment rose, fell, fell silent, came back, joined or left between the two periods that pages compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Final
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from numpy.typing import NDArray

from engagement.errors import NotFoundError
from engagement.ingest.models import Customer
from engagement.insights.calendars import By
from engagement.insights.mover_types import MoverLine, MoverRow, Movers
from engagement.insights.note_types import segment_name
from engagement.insights.selectors.comparing import compared_runs, comparison, viewing
from engagement.insights.selectors.customer import receipt_lines
from engagement.insights.selectors.figures import Minimum, run_facts
from engagement.insights.selectors.following import counted_otherwise
from engagement.insights.selectors.segments import NOT_THERE, segment_named
from engagement.scoring.formula import ABSENT, SCORE_SCALE, Moved, Movement, Standing, moved
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.chunk import NEVER
from engagement.scoring.runs.erased import n_erased
from engagement.scoring.runs.plan import RunPlan, plan_of
from engagement.scoring.runs.rows import PickedRows, picked_rows, run_rows
from tenants.models import Organisation

LISTED: Final = 10
_NAMES_AT_ONCE: Final = 5_000
_KEPT_PAIRS: Final = 256  # pairs of runs and segments, some kilobytes each
SUMS_ONLY: Final = noop("One of the two scorings is kept as sums only: who moved is not known any more.")
NOTHING_BEFORE: Final = noop("There is nothing to compare with yet.")


@dataclass(frozen=True, eq=False, slots=True)
class _Pair:
    """The two runs at the ends of a comparison, and what became of everybody."""

    before: ScoreRun
    after: ScoreRun
    found: Moved


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a page says of a pair: small, and kept by the process, because runs never change."""

    tally: tuple[int, ...]
    counted_otherwise: str
    erased: int
    risers: tuple[MoverLine, ...]
    fallers: tuple[MoverLine, ...]


def movers(
    *,
    organisation: Organisation,
    segment_key: str,
    now: datetime,
    as_of: date | None = None,
    by: By | None = None,
    run_number: int | None = None,
    among: NDArray[np.int64] | None = None,
) -> Movers:
    """What became of a segment's members between the finished period and the one before; `among`: who may be named.

    The runs are those that `comparing` compares. Reads both runs' packed scores and members once. NotFoundError for an
    unknown segment or an unscored day.
    """
    segment = segment_named(segment_key)
    view = viewing(organisation=organisation, now=now, as_of=as_of, by=by, run_number=run_number)
    if view is None:
        raise NotFoundError(_("Nothing has been scored yet."))
    runs = compared_runs(view)
    said = comparison(view=view, runs=runs, shown=None, minimum=Minimum.of(organisation))
    reason = _why_not(runs.before, runs.now, segment_key)
    shown = None if reason else _shown(runs.before, runs.now, segment_key, among)
    tally = shown.tally if shown else (0,) * len(Movement)
    return Movers(
        segment_key=segment_key,
        segment_name=segment_name(key=segment.key, name=segment.name),
        shown=run_facts(view.run),
        comparison=said,
        reason=reason,
        counted_otherwise=shown.counted_otherwise if shown else "",
        tally={movement: tally[movement] for movement in Movement},
        before=sum(tally) - tally[Movement.JOINED],
        after=sum(tally) - tally[Movement.LEFT],
        erased=shown.erased if shown else 0,
        risers=shown.risers if shown else (),
        fallers=shown.fallers if shown else (),
    )


def mover_rows(*, found: Movers, among: NDArray[np.int64] | None = None) -> tuple[int, Iterator[MoverRow]]:
    """How many lines the file of everybody has, and the lines: the largest rise first, who joined or left last.

    Names are read some thousand at a time. NotFoundError where there is nothing to compare.
    """
    said = found.comparison
    if found.reason or said.run is None or said.before is None:
        raise NotFoundError(found.reason)
    runs = {run.number: run for run in ScoreRun.objects.filter(number__in=[said.run.number, said.before.number])}
    before, after = runs[said.before.number], runs[said.run.number]
    reason = _why_not(before, after, found.segment_key)
    if reason:
        raise NotFoundError(reason)
    moves = _pair(before, after, found.segment_key).found
    order = np.lexsort((moves.numbers, -moves.changes, moves.movements >= Movement.JOINED))
    if among is not None:
        order = order[np.isin(moves.numbers[order], among)]
    return len(order), _rows(moves, order)


def _why_not(before: ScoreRun | None, after: ScoreRun | None, segment_key: str) -> str:
    """Why nothing can be said of who moved; empty where it can."""
    if before is None or after is None:
        return _(NOTHING_BEFORE)
    if before.thinned_at is not None or after.thinned_at is not None:
        return _(SUMS_ONLY)
    if any(segment_key not in {segment["key"] for segment in run.uses["segments"]} for run in (before, after)):
        return _(NOT_THERE)
    return ""


def _shown(
    before: ScoreRun | None, after: ScoreRun | None, segment_key: str, among: NDArray[np.int64] | None
) -> _Shown:
    assert before is not None
    assert after is not None
    if among is not None:
        return _read(_pair(before, after, segment_key), among=among)
    named = ((run.id, run.digest) for run in (before, after))
    return _read_once(after.organisation_id, *named, segment_key)


@lru_cache(maxsize=_KEPT_PAIRS)
def _read_once(
    organisation_id: int, before_named: tuple[UUID, str], after_named: tuple[UUID, str], segment_key: str
) -> _Shown:
    """By the runs' digests, because erasing a customer changes a run's blocks, and with them its digest."""
    named = [before_named[0], after_named[0]]
    runs = {run.id: run for run in ScoreRun.objects.filter(organisation_id=organisation_id, pk__in=named)}
    return _read(_pair(runs[named[0]], runs[named[1]], segment_key), among=None)


def _read(pair: _Pair, *, among: NDArray[np.int64] | None) -> _Shown:
    risers, fallers = _listed(pair, among=among)
    return _Shown(
        tally=pair.found.tally,
        counted_otherwise=counted_otherwise(run=pair.after, earlier=pair.before),
        erased=max(n_erased(run) for run in (pair.before, pair.after)),
        risers=risers,
        fallers=fallers,
    )


def _pair(before: ScoreRun, after: ScoreRun, segment_key: str) -> _Pair:
    then, now = (_standing(run, segment_key) for run in (before, after))
    return _Pair(before, after, moved(before=then, after=now))


def _standing(run: ScoreRun, segment_key: str) -> Standing:
    rows = run_rows(run, segment_keys=[segment_key])
    points, scores = (column.astype(np.int64) for column in (rows.points, rows.scores))
    return Standing(rows.numbers, points, scores, rows.days_since != NEVER, rows.masks[segment_key])


# ── the few that are named ───────────────────────────────────────────────────────────────────────────────────


def _listed(pair: _Pair, *, among: NDArray[np.int64] | None) -> tuple[tuple[MoverLine, ...], tuple[MoverLine, ...]]:
    """Those who rose most and those who fell most, with the action behind each."""
    moves = pair.found if among is None else _only(pair.found, among)
    rows = [moves.largest(rising=rising, limit=LISTED) for rising in (True, False)]
    numbers = [int(number) for number in moves.numbers[np.concatenate(rows)]]
    if not numbers:
        return (), ()
    names = dict(Customer.objects.filter(number__in=numbers).values_list("number", "external_id"))
    parts = [_points_by_action(run, numbers) for run in (pair.before, pair.after)]

    def line(row: int, *, rising: bool) -> MoverLine:
        number = int(moves.numbers[row])
        before, after = (Fraction(int(scores[row]), SCORE_SCALE) for scores in (moves.before, moves.after))
        behind = _behind(parts[0].get(number, {}), parts[1].get(number, {}), rising=rising)
        return MoverLine(number, names.get(number, ""), Movement(int(moves.movements[row])), before, after, *behind)

    risers, fallers = (
        tuple(line(row, rising=rising) for row in found.tolist())
        for found, rising in zip(rows, (True, False), strict=True)
    )
    return risers, fallers


def _only(moves: Moved, among: NDArray[np.int64]) -> Moved:
    keep = np.isin(moves.numbers, among)
    return Moved(moves.numbers[keep], moves.movements[keep], moves.before[keep], moves.after[keep])


def _points_by_action(run: ScoreRun, numbers: list[int]) -> dict[int, dict[str, tuple[str, Fraction]]]:
    """By customer and action: its name and the points it gave, caps applied."""
    plan, picked = plan_of(run), picked_rows(run, numbers=numbers)
    return {number: _points(plan, picked, number) for number in picked.counts}


def _points(plan: RunPlan, picked: PickedRows, number: int) -> dict[str, tuple[str, Fraction]]:
    override = plan.override_for(picked.segments[number])
    lines = receipt_lines(plan=plan, override=override, counts=picked.counts[number])
    return {line.key: (line.name, line.points) for line in lines}


def _behind(
    before: dict[str, tuple[str, Fraction]], after: dict[str, tuple[str, Fraction]], *, rising: bool
) -> tuple[str, Fraction]:
    """The action whose points went furthest the way of the score, and how far; none where none went that way."""
    nothing = ("", Fraction(0))
    changes = [
        ((after.get(key) or before[key])[0], after.get(key, nothing)[1] - before.get(key, nothing)[1])
        for key in {**before, **after}
    ]
    name, change = max(changes, key=lambda one: one[1] if rising else -one[1], default=nothing)
    return (name, change) if (change > 0 if rising else change < 0) else nothing


def _rows(moves: Moved, order: NDArray[np.int64]) -> Iterator[MoverRow]:
    for first in range(0, len(order), _NAMES_AT_ONCE):
        batch = order[first : first + _NAMES_AT_ONCE]
        numbers = [int(number) for number in moves.numbers[batch]]
        names = dict(Customer.objects.filter(number__in=numbers).values_list("number", "external_id"))
        for at, number in zip(batch.tolist(), numbers, strict=True):
            scores = (_score(int(moves.before[at])), _score(int(moves.after[at])))
            yield MoverRow(number, names.get(number, ""), Movement(int(moves.movements[at])), *scores)


def _score(millionths: int) -> Fraction | None:
    return None if millionths == ABSENT else Fraction(millionths, SCORE_SCALE)
