"""What each month cost and brought in besides, as it was entered last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from engagement.companions.currencies import exact_units, major_units
from engagement.companions.models import MonthlyMoney
from engagement.companions.types import MoneyLine
from engagement.insights.note_types import EVERYBODY, EVERYBODY_NAME, segment_name
from tenants.models import Organisation

Key = tuple[date, str, str]  # the month's first day, what it is, the segment's key


def money_lines(*, keys: Iterable[str] | None = None) -> tuple[MoneyLine, ...]:
    """What holds, the latest month first; what was taken back is left out. `keys`: of these segments alone."""
    found = [line for line in _latest(keys).values() if line.amount is not None]
    return tuple(sorted(found, key=lambda line: (-line.month.toordinal(), line.segment_name, line.kind)))


def money_history(*, keys: Iterable[str] | None = None, limit: int = 200) -> tuple[MoneyLine, ...]:
    """Every entry, the latest first."""
    return tuple(list(_lines(keys))[::-1][:limit])


def amounts(*, organisation: Organisation, months: Iterable[date]) -> Mapping[Key, Fraction]:
    """Amounts by month, kind and segment, in units of the organisation's currency; what is not known is not there.

    An amount in a currency that the organisation had before is not taken for one of today's.
    """
    wanted = {month.replace(day=1) for month in months}
    rows = MonthlyMoney.objects.filter(month__in=wanted, currency=organisation.currency).select_related("segment")
    found: dict[Key, Fraction] = {}
    for row in rows.order_by("number"):
        key = (row.month, row.kind, row.segment.key if row.segment else EVERYBODY)
        found.pop(key, None)
        if row.amount_minor is not None:
            found[key] = exact_units(row.amount_minor, currency=row.currency)
    return found


def _latest(keys: Iterable[str] | None) -> dict[Key, MoneyLine]:
    return {(line.month, line.kind, line.segment_key): line for line in _lines(keys)}


def _lines(keys: Iterable[str] | None) -> Iterable[MoneyLine]:
    """Every entry as a line, oldest first, each with how many there were by then."""
    wanted = None if keys is None else set(keys)
    versions: dict[Key, int] = {}
    for row in MonthlyMoney.objects.select_related("segment", "entered_by").order_by("number"):
        key = row.segment.key if row.segment else EVERYBODY
        if wanted is not None and key not in wanted:
            continue
        place = (row.month, row.kind, key)
        versions[place] = versions.get(place, 0) + 1
        yield MoneyLine(
            month=row.month,
            kind=row.kind,
            segment_key=key,
            segment_name=segment_name(key=key, name=row.segment.name if row.segment else EVERYBODY_NAME),
            amount=None if row.amount_minor is None else major_units(row.amount_minor, currency=row.currency),
            currency=row.currency,
            note=row.note,
            entered_by=row.entered_by.name if row.entered_by else "",
            entered_at=row.entered_at,
            versions=versions[place],
        )
