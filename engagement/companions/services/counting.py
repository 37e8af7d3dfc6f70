"""What one chunk of customers adds to the figures of each month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engagement.companions import queries
from engagement.companions.formula import Grid, MonthRows, Sums, answer_sums, customer_sums, lifetime_sums
from engagement.companions.selectors.months import Wanted, WantedMonth
from engagement.insights.calendars import By, period_start, previous_end
from engagement.scoring.blocks import CHUNK_BITS, CHUNK_SIZE
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.activity import chunk_activity
from engagement.scoring.runs.first_seen import first_months
from engagement.scoring.runs.members import ScoredMembers, scored_members
from engagement.scoring.runs.merges import Merges
from tenants.models import Organisation

EVERYBODY: Final = "all"
NEW: Final = "new"
_NOBODY: Final = -1
_CHURN_ROLE: Final = {"repeat": "purchases", "conversion": "leads", "order": "revenue", "revenue": "revenue"}
Key = tuple[date, str, str]  # the month's last day, a segment's key, a measure


@dataclass(frozen=True, slots=True)
class Counted:
    """Sums by month, segment and measure; and the first day on which anybody played each part."""

    sums: Mapping[Key, Sums] = field(default_factory=dict)
    firsts: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Counted) -> Counted:
        sums, firsts = dict(self.sums), dict(self.firsts)
        for key, more in other.sums.items():
            sums[key] = sums.get(key, Sums()) + more
        for name, day in other.firsts.items():
            firsts[name] = min(firsts.get(name, day), day)
        return Counted(sums, firsts)


def count_chunk(*, organisation: Organisation, wanted: Wanted, chunk: int, merges: Merges) -> Counted:
    """The sums of one chunk. Activity is read a month at a time; who belongs to what is what each month's run says.

    Who counts for whom is as of today: a customer who has been merged since is no member, and what they did counts for
    whom they were merged into.
    """
    grid = Grid(months=len(wanted.ends), roles=wanted.roles)
    others = merges.into(chunk)
    for at, end in enumerate(wanted.ends):
        grid.add(at, _rows(organisation, wanted, chunk, others, end))
    found: dict[Key, Sums] = {}
    newest = wanted.months[-1].run
    for month in wanted.months:
        members = scored_members(run=month.run, chunk=chunk)
        kept = ~np.isin(members.numbers, merges.numbers)
        for key, places in _places(month.run, members, kept):
            sums = _sums(grid, wanted, month, places)
            if wanted.measuring.counts_new_customers:
                sums[NEW] = _new(organisation, newest, month, (places + (chunk << CHUNK_BITS)).astype(np.int64))
            found.update({(month.end, key, measure): one for measure, one in sums.items()})
    return Counted(found, grid.firsts)


def _places(run: ScoreRun, members: ScoredMembers, kept: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.int64]]]:
    low = members.numbers & (CHUNK_SIZE - 1)
    masks = zip(run.uses["segments"], members.masks, strict=False)
    return [(segment["key"], low[mask & kept]) for segment, mask in masks]


def _rows(organisation: Organisation, wanted: Wanted, chunk: int, others: Merges, end: date) -> MonthRows:
    first, last = period_start(end, by=By.MONTH), min(end, wanted.read_until)
    activity = chunk_activity(organisation_id=organisation.pk, chunk=chunk, first=first, as_of=last, others=others)
    numbers = others.resolved(activity.numbers)
    here = (numbers >> CHUNK_BITS == chunk) & (activity.occurrences > 0)
    rows, numbers = activity.where(here), numbers[here]
    return MonthRows(
        first=first.toordinal(),
        last=end.toordinal(),
        places=numbers & (CHUNK_SIZE - 1),
        definitions=rows.definitions,
        days=rows.days,
        occurrences=rows.occurrences,
        values=rows.values,
    )


def _sums(grid: Grid, wanted: Wanted, month: WantedMonth, places: NDArray[np.int64]) -> dict[str, Sums]:
    at, days = wanted.at(month.end), wanted.measuring.churn_days
    before = previous_end(month.end, by=By.MONTH)
    silence = None if days is None else (days, month.end.toordinal(), before.toordinal())
    found = customer_sums(grid, at=at, places=places, silence=silence)
    lifetime = lifetime_sums(grid, at=at, months=wanted.measuring.value_months, places=places)
    return found if lifetime is None else {**found, "value": lifetime}


def _new(organisation: Organisation, run: ScoreRun, month: WantedMonth, numbers: NDArray[np.int64]) -> Sums:
    """How many were first seen in the month."""
    seen = first_months(run, numbers=numbers, zone=organisation.time_zone)
    return Sums(n=int(np.count_nonzero(seen == (month.end.year - 1970) * 12 + month.end.month - 1)))


# ── survey answers ───────────────────────────────────────────────────────────────────────────────────────────


def count_answers(*, organisation: Organisation, wanted: Wanted, month: WantedMonth, merges: Merges) -> Counted:
    """The sums of a month's answers: by nobody named for everybody alone, by a customer for their segments too.

    An answer of a customer who is not scored (left out, or erased) counts nowhere.
    """
    first = period_start(month.end, by=By.MONTH)
    found: dict[Key, Sums] = {}
    rows = queries.fetch("answers_of_month", organisation_id=organisation.pk, first=first, last=month.end)
    for kind, of, given in rows:
        numbers, values = np.array(of, dtype=np.int64), np.array(given, dtype=np.int64)
        numbers = merges.resolved(numbers)
        for key, counts in _answering(month.run, numbers).items():
            sums = answer_sums(values[counts], kind=kind, satisfied_from=wanted.measuring.csat_satisfied_from)
            found[month.end, key, kind] = sums
    return Counted(found)


def _answering(run: ScoreRun, numbers: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """By segment, which answers count."""
    counts = {segment["key"]: np.zeros(len(numbers), dtype=np.bool_) for segment in run.uses["segments"]}
    if EVERYBODY in counts:
        counts[EVERYBODY] |= numbers == _NOBODY
    for chunk in np.unique(numbers[numbers != _NOBODY] >> CHUNK_BITS):
        members = scored_members(run=run, chunk=int(chunk))
        for segment, mask in zip(run.uses["segments"], members.masks, strict=False):
            counts[segment["key"]] |= np.isin(numbers, members.numbers[mask])
    return counts
