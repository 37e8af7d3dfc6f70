"""Companions by month: what is stored as sums becomes numbers that may be shown, or a reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final

from scipy.special import ndtr

from engagement.companions.formula import (
    Estimate,
    Sums,
    customer_value,
    estimate,
    margin_of,
    probability_of_no_change,
    profit_of,
    return_of,
)
from engagement.companions.measures import MEASURES, Measure, Unit, measured
from engagement.companions.models import CompanionFigure, CompanionMonth
from engagement.companions.selectors.money import Key, amounts
from engagement.companions.selectors.settings import current_setting
from engagement.companions.types import CompanionFigures, Measuring
from engagement.companions.words import reasons
from engagement.insights.calendars import By, previous_end
from tenants.models import Organisation
from tenants.remembering import remembered

UNLIKELY: Final = 0.05  # a change less likely than this without any reason is called one
ByMeasure = dict[str, CompanionFigures]


def known_months() -> tuple[date, ...]:
    """The last days of the months that have been computed, the newest first."""
    return tuple(_months())


def _months() -> dict[date, CompanionMonth]:
    """All of them by their last day, the newest first: some dozens of small rows, read once in a scope."""
    return remembered(
        "companions.months", lambda: {row.month: row for row in CompanionMonth.objects.order_by("-month")}
    )


def companion_figures(*, organisation: Organisation, segment_key: str, months: Iterable[date]) -> dict[date, ByMeasure]:
    """Every measure that the settings name, of one segment, by month (its last day): a number, or why there is none.

    `change` and `p` are against the month before, whether that was asked for or not. Empty where nobody has said how
    companions are measured. Four queries, whatever is asked for.
    """
    return figures_of_segments(organisation=organisation, keys=[segment_key], months=months).get(segment_key, {})


def figures_of_segments(
    *, organisation: Organisation, keys: Sequence[str], months: Iterable[date]
) -> dict[str, dict[date, ByMeasure]]:
    """The same of several segments, in as many queries."""
    setting = current_setting()
    if setting is None:
        return {}
    wanted = sorted(set(months))
    every = sorted({*wanted, *(previous_end(month, by=By.MONTH) for month in wanted)})
    known = remembered(
        f"companions.figures {every} {list(keys)}",
        lambda: _Known.read(organisation=organisation, measuring=setting.measuring, months=every, keys=keys),
    )
    found: dict[str, dict[date, ByMeasure]] = {}
    for key in keys:
        by_month = {month: known.of(month, key) for month in every}
        found[key] = {
            month: _changed(by_month[month], by_month[previous_end(month, by=By.MONTH)], known) for month in wanted
        }
    return found


@dataclass(frozen=True, slots=True)
class _Number:
    """A measure of a month before it is known what the month before was."""

    figures: CompanionFigures
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is stored of some months."""

    organisation: Organisation
    measuring: Measuring
    months: Mapping[date, CompanionMonth]
    sums: Mapping[tuple[date, str, str], Sums]
    money: Mapping[Key, Fraction]

    @classmethod
    def read(
        cls, *, organisation: Organisation, measuring: Measuring, months: Sequence[date], keys: Sequence[str]
    ) -> _Known:
        rows = {month: row for month, row in _months().items() if month in months}
        figures = CompanionFigure.objects.filter(of_month__in=rows.values(), segment_key__in=keys)
        by_id = {row.pk: month for month, row in rows.items()}
        return cls(
            organisation=organisation,
            measuring=measuring,
            months=rows,
            sums={(by_id[one.of_month_id], one.segment_key, one.measure): _sums(one) for one in figures},
            money=amounts(organisation=organisation, months=months) if _asks_for_money(measuring) else {},
        )

    def of(self, month: date, key: str) -> dict[str, _Number]:
        """Every measure that is measured."""
        found: dict[str, _Number] = {}
        for measure in measured(self.measuring):
            found[measure.key] = (
                self._counted(measure, month, key) if measure.kind else self._made(measure, month, key, found)
            )
        return found

    # ── what is counted ──────────────────────────────────────────────────────────────────────────────────────

    def _counted(self, measure: Measure, month: date, key: str) -> _Number:
        sums = self.sums.get((month, key, measure.key))
        reason = self._reason(measure, month, sums)
        if reason or sums is None:
            return _Number(self._none(measure, month, key, reason, n=sums.base if sums else None))
        found = estimate(sums, kind=measure.kind)
        assert found is not None  # there is something to divide by
        found = _scaled(found, self._unit(measure, month))
        figures = CompanionFigures(
            measure=measure.key, segment_key=key, month=month, value=found.value, n=sums.base, low=found.low,
            high=found.high, is_final=self._is_final(measure, month), sums=sums,
        )  # fmt: skip
        return _Number(figures, found)

    def _reason(self, measure: Measure, month: date, sums: Sums | None) -> str:
        row = self.months.get(month)
        if row is None:
            return reasons.not_computed()
        if measure.key in row.missing:
            return reasons.begins(row.missing[measure.key])
        if sums is None:
            return reasons.no_answers() if measure.key in {"nps", "csat"} else reasons.no_segment()
        if sums.base == 0:
            return reasons.none_of(measure.of)
        if sums.n < self.organisation.minimum_n:
            return reasons.few(measure.of, n=sums.n, minimum=self.organisation.minimum_n)
        return ""

    def _is_final(self, measure: Measure, month: date) -> bool:
        return measure.key != "conversion" or self.months[month].is_final

    def _unit(self, measure: Measure, month: date) -> Fraction:
        """What one unit of a sum is worth."""
        if measure.unit is not Unit.MONEY:
            return Fraction(1)
        unit = Fraction(1, 10 ** self.months[month].value_scale)
        margin = self.measuring.margin_thousandths
        return unit * margin / 1_000 if measure.key == "value" and margin is not None else unit

    def _none(self, measure: Measure, month: date, key: str, reason: str, *, n: int | None = None) -> CompanionFigures:
        return CompanionFigures(measure=measure.key, segment_key=key, month=month, value=None, n=n, reason=reason)

    # ── what is made of others ───────────────────────────────────────────────────────────────────────────────

    def _made(self, measure: Measure, month: date, key: str, found: Mapping[str, _Number]) -> _Number:
        if measure.key == "acquisition":
            return self._acquisition(measure, month, key)
        revenue = found["revenue"]
        if revenue.figures.value is None or revenue.estimate is None:
            return _Number(self._none(measure, month, key, revenue.figures.reason, n=revenue.figures.n))
        if measure.key == "ahead":
            return self._ahead(measure, revenue.figures, found.get("churn"))
        return self._profit(measure, month, key, revenue)

    def _ahead(self, measure: Measure, revenue: CompanionFigures, churn: _Number | None) -> _Number:
        if churn is None or churn.figures.value is None or revenue.value is None:
            reason = churn.figures.reason if churn else reasons.no_churn()
            return _Number(self._none(measure, revenue.month, revenue.segment_key, reason, n=revenue.n))
        margin = self.measuring.margin_thousandths
        value = customer_value(
            monthly=revenue.value if margin is None else revenue.value * margin / 1_000,
            churn=churn.figures.value,
            months=self.measuring.value_months,
            discount_thousandths=self.measuring.discount_thousandths,
        )
        return _Number(replace(revenue, measure=measure.key, value=Fraction(value), low=None, high=None, sums=None))

    def _profit(self, measure: Measure, month: date, key: str, revenue: _Number) -> _Number:
        shown, spread = revenue.figures, revenue.estimate
        assert shown.value is not None
        assert spread is not None
        n, share = shown.n or 0, Fraction(self.measuring.margin_thousandths or 0, 1_000)
        costs = {kind: self._amount(month, kind, key) for kind in ("acquisition", "programme")}
        profit = profit_of(
            margin=margin_of(revenue=shown.value * n, margin_thousandths=self.measuring.margin_thousandths),
            other=self._amount(month, "other_revenue", key), **costs,
        )  # fmt: skip
        if profit is None:
            unknown = [kind for kind, amount in costs.items() if amount is None]
            return _Number(self._none(measure, month, key, reasons.no_cost(unknown), n=n))
        if measure.key == "return":
            value = return_of(
                profit=profit, cost=sum((amount or Fraction(0) for amount in costs.values()), Fraction(0))
            )
            if value is None:
                return _Number(self._none(measure, month, key, reasons.nothing_spent(), n=n))
            return _Number(replace(shown, measure=measure.key, value=value, low=None, high=None, sums=None))
        moved = _moved(_scaled(spread, share), to=profit / n)
        return _Number(
            replace(shown, measure=measure.key, value=moved.value, low=moved.low, high=moved.high, sums=None), moved
        )

    def _acquisition(self, measure: Measure, month: date, key: str) -> _Number:
        sums, cost = self.sums.get((month, key, "new")), self._amount(month, "acquisition", key)
        if month not in self.months or sums is None:
            return _Number(self._none(measure, month, key, reasons.not_computed()))
        if cost is None:
            return _Number(self._none(measure, month, key, reasons.no_cost(["acquisition"]), n=sums.n))
        if sums.n == 0:
            return _Number(self._none(measure, month, key, reasons.none_of(measure.of), n=0))
        figures = CompanionFigures(measure=measure.key, segment_key=key, month=month, value=cost / sums.n, n=sums.n)
        return _Number(figures)

    def _amount(self, month: date, kind: str, key: str) -> Fraction | None:
        return self.money.get((month.replace(day=1), kind, key))


def _asks_for_money(measuring: Measuring) -> bool:
    return any(measure.key in {"profit", "return", "acquisition"} for measure in measured(measuring))


def _sums(row: CompanionFigure) -> Sums:
    whole = (row.total, row.squares, row.weight, row.weight_squares, row.products)
    return Sums(row.n, *(int(value) for value in whole))


def _scaled(found: Estimate, unit: Fraction) -> Estimate:
    if unit == 1:
        return found
    low, high, error = (
        None if value is None else value * float(unit) for value in (found.low, found.high, found.error)
    )
    return Estimate(found.value * unit, low, high, error)


def _moved(found: Estimate, *, to: Fraction) -> Estimate:
    """The same spread about another value: what is added is an amount and no estimate."""
    by = float(to - found.value)
    low, high = (None if end is None else end + by for end in (found.low, found.high))
    return Estimate(to, low, high, found.error)


def _changed(now: Mapping[str, _Number], before: Mapping[str, _Number], known: _Known) -> ByMeasure:
    return {key: _with_change(one, before.get(key)) for key, one in now.items()}


def _with_change(now: _Number, before: _Number | None) -> CompanionFigures:
    shown, former = now.figures, before.figures if before else None
    if shown.value is None or former is None or former.value is None or not shown.is_final:
        return shown
    p = _probability(now, before)
    return replace(shown, change=shown.value - former.value, p=p, is_unchanged=None if p is None else p >= UNLIKELY)


def _probability(now: _Number, before: _Number | None) -> float | None:
    if before is None:
        return None
    first, second = before.figures.sums, now.figures.sums
    if first is not None and second is not None:
        return probability_of_no_change(first, second, kind=MEASURES[now.figures.measure].kind)
    if now.estimate is None or before.estimate is None or now.estimate.error is None or before.estimate.error is None:
        return None
    error = math.hypot(now.estimate.error, before.estimate.error)
    difference = abs(float(now.estimate.value - before.estimate.value))
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    return float(2 * ndtr(-difference / error))
