"""Outreach: what is open about whom, and what became of customers some weeks after somebody got in touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final
from uuid import UUID

import numpy as np
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from engagement.errors import NotFoundError
from engagement.insights.models import Outreach, RiskCohort
from engagement.insights.risk_types import AFTER_DAYS, CLOSED_DAYS, Back, Became, OutreachLine, State
from engagement.insights.selectors.following import counted_otherwise
from engagement.scoring.blocks import CHUNK_BITS, unpack
from engagement.scoring.formula import ABSENT, SCORE_SCALE, share_95
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.scores import scores_at, scores_by_chunk

Known = tuple[UUID, State, str]  # of an outreach: its id, its state, the owner's address

# Half a thousandth of a score in millionths: back is whoever is within half of the fall.
_HALF: Final = 500
_COHORTS: Final = 24  # the latest: two years of months
_KEPT_SCORES: Final = 16  # a list of ten thousand takes about a megabyte
_OURS, _OTHERS, _NEITHER = 1, 2, 0


def state_of(known: Known | None) -> State:
    return known[1] if known else State.NEW


def _state(*, contacted_on: date | None, closed_on: date | None) -> State:
    if closed_on is not None:
        return State.CLOSED
    return State.NEW if contacted_on is None else State.CONTACTED


def latest_outreach(*, today: date) -> Mapping[int, Known]:
    """By customer the open outreach, else the last that was closed in the last 180 days."""
    recent = Q(closed_on__isnull=True) | Q(closed_on__gt=today - timedelta(days=CLOSED_DAYS))
    rows = Outreach.objects.filter(recent).order_by("created_at", "id")
    columns = rows.values_list("customer_number", "id", "contacted_on", "closed_on", "owner__email")
    found: dict[int, Known] = {}
    for number, key, contacted_on, closed_on, email in columns:
        is_open = closed_on is None
        if is_open or number not in found or found[number][1] is State.CLOSED:
            found[number] = (key, _state(contacted_on=contacted_on, closed_on=closed_on), email or "")
    return found


def outreach_lines(*, keys: Collection[UUID]) -> tuple[OutreachLine, ...]:
    """These outreaches."""
    rows = Outreach.objects.filter(pk__in=list(keys)).select_related("owner") if keys else ()
    return tuple(_line(row) for row in rows)


def _line(row: Outreach) -> OutreachLine:
    baseline = row.baseline_millionths
    return OutreachLine(
        id=str(row.id),
        customer_number=row.customer_number,
        state=_state(contacted_on=row.contacted_on, closed_on=row.closed_on),
        owner_name=row.owner.name if row.owner is not None else "",
        owner_email=row.owner.email if row.owner is not None else "",
        how=row.how,
        contacted_on=row.contacted_on,
        note=row.note,
        return_on=row.return_on,
        outcome=row.outcome,
        closed_on=row.closed_on,
        baseline=None if baseline is None else Fraction(baseline, SCORE_SCALE),
    )


def one_outreach(*, outreach_id: UUID) -> OutreachLine:
    """An outreach by its id; raises NotFoundError."""
    found = outreach_lines(keys=[outreach_id])
    if not found:
        raise NotFoundError(_("There is no such outreach."))
    return found[0]


def outreach_to(*, number: int, limit: int = 20) -> tuple[OutreachLine, ...]:
    """All outreach to a customer, the latest first."""
    rows = Outreach.objects.filter(customer_number=number).select_related("owner")
    return tuple(_line(row) for row in rows.order_by("-created_at", "-id")[:limit])


# ── what became of it ────────────────────────────────────────────────────────────────────────────────────────


def what_became(*, run: ScoreRun, minimum_n: int) -> Became | None:
    """Who is back within half of the fall, of those contacted 30 days before a run or earlier, and of the others.

    Both were on the same lists; each customer counts once, by the latest list. None while no outreach is that old.
    The first time reads the packed scores of the run: at a million customers some 16 MB.
    """
    before = run.as_of - timedelta(days=AFTER_DAYS)
    old = Outreach.objects.filter(contacted_on__lte=before)
    outcomes = tuple(old.values_list("outcome").annotate(n=Count("pk")).order_by("-n", "outcome"))
    if not outcomes:
        return None
    contacts = dict(old.order_by("contacted_on", "id").values_list("customer_number", "cohort_id"))
    followed = _followed(run=run, before=before, contacts=contacts)
    ours, others = followed[followed[:, 1] == _OURS], followed[followed[:, 1] == _OTHERS]
    return Became(
        contacted=_back(ours[:, 2], minimum_n=minimum_n),
        others=_back(others[:, 2], minimum_n=minimum_n),
        outcomes=outcomes,
        not_comparable=len(contacts) - len(ours),
    )


def _followed(*, run: ScoreRun, before: date, contacts: Mapping[int, UUID | None]) -> NDArray[np.int64]:
    """One row a customer of the latest cohorts whose score can be followed to the run: number, side, whether back."""
    cohorts = RiskCohort.objects.filter(run__as_of__lte=before).select_related("run")
    latest = list(cohorts.order_by("-run__as_of", "-run__number", "-rule_number")[:_COHORTS])
    found = [cohort for cohort in latest if not counted_otherwise(run=run, earlier=cohort.run)]
    touched = _numbers(Outreach.objects.filter(contacted_on__isnull=False).values_list("customer_number", flat=True))
    parts = [np.zeros((0, 3), dtype=np.int64)]
    members = [_members(cohort) for cohort in found]
    scores = _scores(run, np.concatenate([numbers for numbers, _usual in members])) if members else {}
    for cohort, (numbers, usual) in zip(found, members, strict=True):
        ours = np.isin(numbers, _numbers(number for number, key in contacts.items() if key == cohort.id))
        side = np.where(ours, _OURS, np.where(np.isin(numbers, touched), _NEITHER, _OTHERS))
        now = np.array([scores.get(number, ABSENT) for number in numbers.tolist()], dtype=np.int64)
        back = now >= usual - cohort.fall_thousandths * _HALF
        keep = (side != _NEITHER) & (now != ABSENT)
        parts.append(np.column_stack([numbers, side, back])[keep])
    rows = np.concatenate(parts)
    _numbers_once, first = np.unique(rows[:, 0], return_index=True)
    once: NDArray[np.int64] = rows[first]
    return once


def _numbers(numbers: Iterable[int]) -> NDArray[np.int64]:
    return np.array(list(numbers), dtype=np.int64)


def _members(cohort: RiskCohort) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The customers of a cohort and their baselines then."""
    numbers, usual = unpack(bytes(cohort.packed))
    return numbers.astype(np.int64), usual.astype(np.int64)


def _scores(run: ScoreRun, wanted: NDArray[np.int64]) -> Mapping[int, int]:
    """The scores in a run of those of these customers whom it holds; remembered by process, under the run's digest."""
    return _known_scores(run.organisation_id, run.id, run.digest, np.unique(wanted).tobytes())


@lru_cache(maxsize=_KEPT_SCORES)
def _known_scores(organisation_id: int, run_id: UUID, _digest: str, wanted: bytes) -> Mapping[int, int]:
    run = ScoreRun.objects.get(organisation_id=organisation_id, pk=run_id)
    numbers, found = np.frombuffer(wanted, dtype=np.int64), dict[int, int]()
    for chunk, of_runs in scores_by_chunk([run]):
        here = numbers[numbers >> CHUNK_BITS == chunk]
        scores = scores_at(numbers=here, known=of_runs.get(run.id), absent=ABSENT)
        found |= dict(zip(here.tolist(), scores.tolist(), strict=True))
    return found


def _back(flags: NDArray[np.int64], *, minimum_n: int) -> Back:
    n, back = len(flags), int(flags.sum())
    if n < max(minimum_n, 1):
        return Back(of=n, back=None, share=None, low=None, high=None)
    low, high = share_95(part=back, whole=n)
    return Back(of=n, back=back, share=Fraction(back, n), low=low, high=high)
