"""One customer's timeline: what was done on each local day, and what of it counts in the scoring that is shown.

A page is at most PAGE_DAYS consecutive days and never lies on both sides of the window's beginning. Whether a cap cuts
a day depends on all days of the window before it, so a page inside the window reads the window whole: two statements
for each chunk that the person lies in. A page before it reads its own days only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final

import numpy as np
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.ingest.models import Customer
from engagement.ingest.selectors import get_customer
from engagement.ingest.selectors.person import same_person
from engagement.insights.day_types import CustomerDay, CustomerDays, DayAction, DayPage
from engagement.insights.selectors.comparing import viewing
from engagement.insights.selectors.customer import Standing, standing_of
from engagement.insights.selectors.figures import run_facts
from engagement.scoring.formula import WEIGHT_SCALE, counted_steps, decay_table
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.activity import activity_of, first_kept_day
from engagement.scoring.runs.plan import PlannedAction, RunPlan, plan_of
from tenants.models import Organisation

PAGE_DAYS: Final = 92  # a quarter, and the usual window of 90 days in one
_DAY: Final = timedelta(days=1)
_PAGE: Final = timedelta(days=PAGE_DAYS)


@dataclass(frozen=True, slots=True)
class _Person:
    """Whose days are read, and how the run counts them."""

    customer: Customer
    numbers: tuple[int, ...]
    run: ScoreRun
    plan: RunPlan
    standing: Standing

    @property
    def has_known_weights(self) -> bool:
        return self.standing.points is not None or not self.plan.overrides


def customer_days(
    *,
    organisation: Organisation,
    number: int,
    now: datetime,
    as_of: date | None = None,
    run_number: int | None = None,
    before: date | None = None,
) -> CustomerDays:
    """The days before a day, newest first, by default the last ones up to the scoring's; never later ones.

    Raises NotFoundError for an unknown number and before the first scoring.
    """
    person = _person(organisation, number, now, as_of=as_of, run_number=run_number)
    plan, floor = person.plan, _floor(person)
    page = page_before(before, first_in_window=plan.first_day, as_of=plan.as_of, floor=floor)
    days: tuple[CustomerDay, ...] = ()
    if page.first is not None and page.last is not None:
        is_inside = page.first >= plan.first_day
        days = _read(person, plan.first_day, plan.as_of) if is_inside else _read(person, page.first, page.last)
    return _found(person, page, days)


def whole_timeline(
    *, organisation: Organisation, number: int, now: datetime, as_of: date | None = None, run_number: int | None = None
) -> CustomerDays:
    """Every kept day up to the scoring's, PAGE_DAYS read at a time before the window. Raises NotFoundError likewise."""
    person = _person(organisation, number, now, as_of=as_of, run_number=run_number)
    plan, floor = person.plan, _floor(person)
    days = [*_read(person, plan.first_day, plan.as_of)]
    for first, last in _spans_before(plan.first_day, floor=floor):
        days += _read(person, first, last)
    return _found(person, DayPage(floor, plan.as_of, None, None), tuple(days))


def page_before(before: date | None, *, first_in_window: date, as_of: date, floor: date) -> DayPage:
    """The page with the day before `before`, cut there; at most the last, and an empty one where nothing is so early.

    `floor` is the first day there is anything to tell of, at the latest that of the window. Pages lie fast: counted off
    from the window's ends, so those that follow each other share no day and leave none out, wherever one begins.
    """

    def edges(day: date) -> tuple[date, date]:
        base, end = (first_in_window, as_of) if day >= first_in_window else (floor, first_in_window - _DAY)
        end -= (end - day) // _PAGE * _PAGE
        return max(base, end - _PAGE + _DAY), end

    if before is not None and before <= floor:
        return DayPage(None, None, edges(floor)[1] + _DAY, None)
    last = as_of if before is None or before > as_of else before - _DAY
    first, _end = edges(last)
    newer = edges(last + _DAY)[1] + _DAY if last < as_of else None
    return DayPage(first, last, newer, first if first > floor else None)


def _spans_before(end: date, *, floor: date) -> Iterator[tuple[date, date]]:
    while end > floor:
        first = max(floor, end - _PAGE)
        yield first, end - _DAY
        end = first


def _person(
    organisation: Organisation, number: int, now: datetime, *, as_of: date | None, run_number: int | None
) -> _Person:
    customer = get_customer(organisation=organisation, number=number)
    view = viewing(organisation=organisation, now=now, as_of=as_of, run_number=run_number)
    if view is None:
        raise NotFoundError(_("Nothing has been scored yet."))
    numbers = same_person(organisation=organisation, number=number).numbers
    root = number
    if customer.merged_into is not None:
        roots = Customer.objects.filter(number__in=numbers, merged_into=None).values_list("number", flat=True)
        root = roots.first() or number
    standing = standing_of(run=view.run, number=root)
    return _Person(customer, numbers, view.run, plan_of(view.run), standing)


def _floor(person: _Person) -> date:
    kept = first_kept_day(organisation_id=person.plan.organisation_id)
    return person.plan.first_day if kept is None else min(kept, person.plan.first_day)


def _found(person: _Person, page: DayPage, days: tuple[CustomerDay, ...]) -> CustomerDays:
    return CustomerDays(
        number=person.customer.number,
        external_id=person.customer.external_id,
        run=run_facts(person.run),
        first_in_window=person.plan.first_day,
        page=page,
        days=days,
        lines=person.standing.lines,
        is_merged=person.customer.merged_into is not None,
        has_own_weights=person.standing.override is not None,
    )


# ── what was done, and what of it counts ─────────────────────────────────────────────────────────────────────


def _read(person: _Person, first: date, last: date) -> tuple[CustomerDay, ...]:
    """The active days in [first, last], newest first; a span inside the window has to be the whole of it."""
    plan = person.plan
    done = _done(person, first, last)
    by_day: dict[int, list[DayAction]] = {}
    for column, action in enumerate(plan.actions_of(person.standing.override)):
        days = sorted(day for day, place in done if place == column)
        amounts = [done[day, column] for day in days]
        if last >= plan.first_day:
            lines = list(_counted(person, action, days=days, amounts=amounts))
        else:
            lines = [_outside(action, amount) for amount in amounts]
        for day, line in zip(days, lines, strict=True):
            by_day.setdefault(day, []).append(line)
    return tuple(CustomerDay(date.fromordinal(day), tuple(by_day[day])) for day in sorted(by_day, reverse=True))


def _done(person: _Person, first: date, last: date) -> dict[tuple[int, int], int]:
    """By day's ordinal and the plan's column: occurrences, or values where the action sums them; all numbers as one."""
    plan = person.plan
    rows = activity_of(organisation_id=plan.organisation_id, numbers=person.numbers, first=first, as_of=last)
    columns = plan.columns_of(rows.definitions)
    rows, columns = rows.where(columns >= 0), columns[columns >= 0]
    amounts = np.where(plan.sums_values[columns], rows.values, rows.occurrences)
    found: dict[tuple[int, int], int] = {}
    for day, column, amount in zip(rows.days.tolist(), columns.tolist(), amounts.tolist(), strict=True):
        found[day, column] = found.get((day, column), 0) + amount
    return found


def _outside(action: PlannedAction, amount: int) -> DayAction:
    nothing = Fraction(0)
    return DayAction(action.key, action.name, action.channel, amount, nothing, nothing, None)


def _counted(
    person: _Person, action: PlannedAction, *, days: Sequence[int], amounts: Sequence[int]
) -> Iterator[DayAction]:
    """One action's days of the window, oldest first, exactly as the run counts them: they add up to its part."""
    plan = person.plan
    scale, worth = plan.weights.scale, list(amounts)
    if plan.half_life_days is not None:
        decay = decay_table(half_life_days=plan.half_life_days, window_days=plan.window_days).tolist()
        last = plan.as_of.toordinal()
        worth = [amount * decay[last - day] for day, amount in zip(days, amounts, strict=True)]
    steps = counted_steps(worth, cap_units=action.cap * scale if action.cap else None)
    for amount, units, step in zip(amounts, worth, steps, strict=True):
        points = Fraction(step * action.weight_thousandths, WEIGHT_SCALE * scale) if person.has_known_weights else None
        yield DayAction(
            action.key, action.name, action.channel, amount, Fraction(units, scale), Fraction(step, scale), points
        )
