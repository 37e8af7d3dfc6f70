"""Customers whose score fell against what is usual for them: found in packed scores, some chunks at a time.

Nothing is stored: a run with its digest never changes, so what the rule finds in it is remembered by process. Erasing
somebody changes the digests of the runs that held them, and with them what is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from engagement.errors import NotFoundError
from engagement.ingest.models import Customer
from engagement.insights.calendars import By, ends_before, previous_end
from engagement.insights.models import RiskRule
from engagement.insights.risk_types import KEPT, Base, Became, FallRule, OutreachLine, RiskLine, RiskPage, State
from engagement.insights.selectors import periods
from engagement.insights.selectors.figures import run_facts
from engagement.insights.selectors.following import NOT_SCORED, why_not_comparable
from engagement.insights.selectors.outreach import Known, latest_outreach, outreach_lines, state_of, what_became
from engagement.insights.selectors.segments import NOT_THERE
from engagement.scoring.formula import ABSENT, SCORE_SCALE, Fall, baselines, fallen
from engagement.scoring.models import RunPointer, ScoreRun
from engagement.scoring.runs.chunk import NEVER
from engagement.scoring.runs.scores import scores_at, scores_by_chunk
from engagement.scoring.runs.store import read_masks
from tenants.models import Organisation

# Of a rule and a run about half a megabyte, where ten thousand are at risk.
_KEPT_LISTS: Final = 64


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """Who is at risk in a run: row i is one customer in every array, the largest fall first, ties by number."""

    n: int
    silent: int
    unknown: int
    numbers: NDArray[np.int64]
    baselines: NDArray[np.int64]  # millionths
    scores: NDArray[np.int64]
    days_since: NDArray[np.int64]
    places: NDArray[np.int64]  # the row of the customer within its chunk, and
    rows: Mapping[int, int]  # how many rows each chunk has


def fall_rule() -> FallRule:
    """The rule that holds in the organisation in scope."""
    row = RiskRule.objects.select_related("created_by").order_by("-number").first()
    return FallRule() if row is None else _rule(row)


def fall_rules(*, limit: int = 50) -> tuple[FallRule, ...]:
    """Every rule there has been, the latest first."""
    rows = RiskRule.objects.select_related("created_by").order_by("-number")[:limit]
    return tuple(_rule(row) for row in rows)


def _rule(row: RiskRule) -> FallRule:
    return FallRule(
        number=row.number,
        fall=Decimal(row.fall_thousandths) / 1000,
        least=Decimal(row.least_thousandths) / 1000,
        by=By(row.baseline_of),
        runs=row.baseline_runs,
        set_by=row.created_by.name if row.created_by is not None else "",
        set_at=row.created_at,
    )


def latest_finished_run(*, organisation: Organisation, now: datetime) -> ScoreRun | None:
    """The run in force of the latest day that is over."""
    pointers = RunPointer.objects.filter(as_of__lt=organisation.today(now)).select_related("run__weight_set")
    pointer = pointers.order_by("-as_of").first()
    return pointer.run if pointer else None


def baseline_runs(*, run: ScoreRun, rule: FallRule) -> tuple[tuple[Base, ...], list[ScoreRun]]:
    """The ends of the last finished periods before a run, oldest first, and the runs of those that are comparable."""
    days = ends_before(previous_end(run.as_of, by=rule.by), by=rule.by, count=rule.runs)
    in_force = periods.runs_in_force(days)
    bases, usable = [], []
    for day in days:
        earlier = in_force.get(day)
        why = NOT_SCORED if earlier is None else why_not_comparable(run=run, earlier=earlier)
        bases.append(Base(day, earlier.number if earlier else None, why))
        if earlier is not None and not why:
            usable.append(earlier)
    return tuple(bases), usable


def at_risk_in(*, run: ScoreRun, earlier: Sequence[ScoreRun], rule: FallRule) -> Found:
    """Who is at risk in a run. For a million customers the first time takes about half a second, later ones nothing."""
    fall = Fall(fall=_millionths(rule.fall), least=_millionths(rule.least))
    named = tuple((one.id, one.digest) for one in (run, *earlier))
    return _found(run.organisation_id, named, fall)


def _millionths(score: Decimal) -> int:
    return int(score * SCORE_SCALE)


@lru_cache(maxsize=_KEPT_LISTS)
def _found(organisation_id: int, named: tuple[tuple[UUID, str], ...], rule: Fall) -> Found:
    """The digests are asked for because erasing a customer changes a run's blocks, and with them its digest."""
    by_id = ScoreRun.objects.filter(organisation_id=organisation_id).in_bulk([key for key, _digest in named])
    run, earlier = by_id[named[0][0]], [by_id[key] for key, _digest in named[1:]]
    parts: list[NDArray[np.int64]] = [np.zeros((5, 0), dtype=np.int64)]
    rows: dict[int, int] = {}
    n = silent = unknown = 0
    for chunk, of_runs in scores_by_chunk([run, *earlier]):
        if run.id not in of_runs:
            continue
        now = of_runs[run.id]
        known = [scores_at(numbers=now.numbers, known=of_runs.get(one.id), absent=ABSENT) for one in earlier]
        usual = baselines(np.column_stack([*known, np.full(len(now.numbers), ABSENT)]))
        at = np.flatnonzero(fallen(scores=now.scores, baseline=usual, rule=rule))
        n, rows[chunk] = n + len(at), len(now.numbers)
        silent += int(np.count_nonzero(now.days_since[at] == NEVER))
        unknown += int(np.count_nonzero(usual == ABSENT))
        parts.append(_largest(np.stack([now.numbers[at], usual[at], now.scores[at], now.days_since[at], at])))
    kept = _largest(np.concatenate(parts, axis=1))
    numbers, usual, scores, days_since, places = kept
    return Found(n, silent, unknown, numbers, usual, scores, days_since, places, rows)


def _largest(columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The columns of the KEPT largest falls, in order."""
    order = np.lexsort((columns[0], columns[2] - columns[1]))[:KEPT]
    found: NDArray[np.int64] = columns[:, order]
    return found


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────


def at_risk(
    *,
    organisation: Organisation,
    now: datetime,
    state: str = "",
    owner: str = "",
    segment_key: str | None = None,
    page: int = 1,
    per_page: int = 50,
) -> RiskPage:
    """A page of the customers at risk on the latest finished day; pages count from 1, beyond the end is the last.

    `owner` is an address, or "nobody". NotFoundError for a segment that the run did not know.
    """
    rule, run = fall_rule(), latest_finished_run(organisation=organisation, now=now)
    if run is None:
        return RiskPage(rule, None, (), False, 0, 0, 0, 0, (), (), 0, 1, 1)
    bases, earlier = baseline_runs(run=run, rule=rule)
    found = at_risk_in(run=run, earlier=earlier, rule=rule)
    known = latest_outreach(today=organisation.today(now))
    states = [state_of(known.get(number)) for number in found.numbers.tolist()]
    keep = _in_segment(run, found, segment_key)
    asked = [
        at
        for at, number in enumerate(found.numbers.tolist())
        if keep[at] and (not state or states[at] == state) and _is_owned(known.get(number), owner)
    ]
    pages = max(1, -(-len(asked) // per_page))
    page = min(max(1, page), pages)
    return RiskPage(
        rule=rule,
        run=run_facts(run),
        bases=bases,
        has_baseline=len(earlier) > 1,
        at_risk=found.n,
        silent=found.silent,
        kept=len(found.numbers),
        unknown=found.unknown,
        by_state=tuple((one, states.count(one)) for one in State),
        lines=_lines(found, asked[(page - 1) * per_page : page * per_page], states, known),
        total=len(asked),
        page=page,
        pages=pages,
    )


def became(*, organisation: Organisation, now: datetime) -> Became | None:
    """What became of outreach, by the latest finished day; None while none of it is old enough."""
    run = latest_finished_run(organisation=organisation, now=now)
    return None if run is None else what_became(run=run, minimum_n=organisation.minimum_n)


def _is_owned(outreach: Known | None, owner: str) -> bool:
    email = outreach[2] if outreach else ""
    return not owner or (not email if owner == "nobody" else email == owner)


def _in_segment(run: ScoreRun, found: Found, segment_key: str | None) -> NDArray[np.bool_]:
    keep = np.ones(len(found.numbers), dtype=np.bool_)
    if segment_key is None:
        return keep
    keys = [segment["key"] for segment in run.uses["segments"]]
    if segment_key not in keys:
        raise NotFoundError(_(NOT_THERE))
    masks, place = read_masks(run, rows=dict(found.rows)), keys.index(segment_key)
    chunks = found.numbers >> 16
    for chunk, of_chunk in masks.items():
        here = np.flatnonzero(chunks == chunk)
        keep[here] = of_chunk[place][found.places[here]]
    return keep


def _lines(
    found: Found, picked: Sequence[int], states: Sequence[State], known: Mapping[int, Known]
) -> tuple[RiskLine, ...]:
    numbers = [int(found.numbers[at]) for at in picked]
    names = dict(Customer.objects.filter(number__in=numbers).values_list("number", "external_id"))
    outreach: dict[int, OutreachLine] = {
        line.customer_number: line for line in outreach_lines(keys=[known[one][0] for one in numbers if one in known])
    }
    return tuple(
        RiskLine(
            number=number,
            external_id=names.get(number, ""),
            baseline=Fraction(int(found.baselines[at]), SCORE_SCALE),
            score=Fraction(int(found.scores[at]), SCORE_SCALE),
            fall=Fraction(int(found.baselines[at] - found.scores[at]), SCORE_SCALE),
            days_since_last_action=None if found.days_since[at] == NEVER else int(found.days_since[at]),
            state=states[at],
            outreach=outreach.get(number),
        )
        for at, number in zip(picked, numbers, strict=True)
    )
