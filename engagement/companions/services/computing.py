"""The figures of months, computed from stored activity in a job: chunk by chunk of customers, month by month.

Everything a month was made with is kept beside it, so that what has changed since is found by comparing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from engagement.companions.formula import Sums
from engagement.companions.models import CompanionFigure, CompanionMonth
from engagement.companions.selectors.months import Wanted, WantedMonth, wanted_months
from engagement.companions.services.answers import read_events
from engagement.companions.services.counting import Counted, count_answers, count_chunk
from engagement.insights.calendars import By, period_start, previous_end
from engagement.scoring.runs.merges import load_merges
from tenants.jobs import Work
from tenants.models import Organisation
from tenants.scope import organisation_scope

_AT_ONCE: Final = 2_000
_ROLES: Final = {
    "repeat": "purchases", "conversion": "leads", "order": "revenue", "revenue": "revenue", "churn": "lasting",
    "value": "revenue",
}  # fmt: skip
Told = Callable[[int, int], None]


def compute_job(work: Work) -> None:
    """Read new events for answers, then compute every month of which something has changed."""

    def told(done: int, of: int) -> None:
        if done == 0:
            work.begin(steps=of)
        else:
            with organisation_scope(work.organisation_id):
                work.done(done)

    compute(organisation_id=work.organisation_id, now=work.requested_at, told=told)


def compute(*, organisation_id: int, now: datetime, told: Told | None = None) -> int:
    """Compute every month of which something has changed; returns how many. Called outside any scope.

    Each chunk of customers is read in a transaction of its own, and everything written in the last one: it is there
    whole, or as it was before. Doing it again changes nothing. `told` hears how many chunks of how many are done.
    """
    read_events(organisation_id=organisation_id, now=now)
    with organisation_scope(organisation_id, write=False):
        organisation = Organisation.objects.get(pk=organisation_id)
        wanted = wanted_months(organisation=organisation, now=now)
    if wanted is None or not wanted.months:
        return 0
    found = Counted()
    for chunk in range(wanted.chunks):
        if told is not None:
            told(chunk, wanted.chunks)
        with organisation_scope(organisation_id, write=False):
            merges = load_merges(organisation_id)
            found += count_chunk(organisation=organisation, wanted=wanted, chunk=chunk, merges=merges)
    with organisation_scope(organisation_id):
        merges = load_merges(organisation_id)
        for month in wanted.months:
            found += count_answers(organisation=organisation, wanted=wanted, month=month, merges=merges)
        _write(organisation, wanted, found, now=now)
    return len(wanted.months)


def _write(organisation: Organisation, wanted: Wanted, found: Counted, *, now: datetime) -> None:
    CompanionMonth.objects.filter(month__in=[month.end for month in wanted.months]).delete()
    missing = {month.end: _missing(wanted, month, found) for month in wanted.months}
    rows = {month.end: _month(organisation, wanted, month, missing[month.end], now=now) for month in wanted.months}
    CompanionMonth.objects.bulk_create(rows.values())
    figures = [
        _figure(rows[end], key, measure, sums)
        for (end, key, measure), sums in found.sums.items()
        if measure not in missing[end]
    ]
    CompanionFigure.objects.bulk_create(figures, batch_size=_AT_ONCE)


def _month(
    organisation: Organisation, wanted: Wanted, month: WantedMonth, missing: dict[str, str], *, now: datetime
) -> CompanionMonth:
    return CompanionMonth(
        organisation=organisation,
        month=month.end,
        run=month.run,
        run_digest=month.run.digest,
        setting_number=wanted.setting.number,
        inputs=month.inputs,
        missing=missing,
        value_scale=wanted.value_scale,
        is_final=wanted.is_final(month.end),
        computed_at=now,
    )


def _figure(row: CompanionMonth, key: str, measure: str, sums: Sums) -> CompanionFigure:
    return CompanionFigure(
        organisation_id=row.organisation_id, of_month=row, segment_key=key, measure=measure, n=sums.n,
        total=sums.total, squares=sums.squares, weight=sums.weight, weight_squares=sums.weight_squares,
        products=sums.cross,
    )  # fmt: skip


def _missing(wanted: Wanted, month: WantedMonth, found: Counted) -> dict[str, str]:
    """By measure the day before which nothing is known, where the figures of the month would have to know it.

    A month is known if activity of any kind is kept from its first day on, and that of the measure began by its end.
    """
    known: dict[str, str] = {}
    for measure, role in _ROLES.items():
        looks_at = _first_month(wanted, month.end, measure)
        first = found.firsts.get(role)
        if first is None:
            known[measure] = ""
        elif wanted.first_kept is None or wanted.first_kept > period_start(looks_at, by=By.MONTH):
            known[measure] = max(date.fromordinal(first), wanted.first_kept or date.min).isoformat()
        elif first > looks_at.toordinal():
            known[measure] = date.fromordinal(first).isoformat()
    return known


def _first_month(wanted: Wanted, end: date, measure: str) -> date:
    """The end of the first month that a measure of a month looks at."""
    if measure == "value":
        for _step in range(wanted.measuring.value_months - 1):
            end = previous_end(end, by=By.MONTH)
        return end
    return previous_end(end, by=By.MONTH) if measure == "churn" else end
