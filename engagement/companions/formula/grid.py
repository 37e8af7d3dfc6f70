"""The activity of one chunk of customers, month by month, in arrays: what every figure of a month is read from.

Months come in order, one at a time, so memory does not grow with the length of the history's rows; places are the
low 16 bits of a customer's number.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

SIZE: Final = 1 << 16
NEVER: Final = -1

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which definitions play which part. `lasting`: whose activity says that somebody is still there."""

    purchases: frozenset[int] = frozenset()
    revenue: frozenset[int] = frozenset()
    lasting: frozenset[int] = frozenset()
    leads: frozenset[int] = frozenset()
    wins: frozenset[int] = frozenset()
    win_days: int | None = None  # None: within the same month


@dataclass(frozen=True, eq=False, slots=True)
class MonthRows:
    """Activity of one month; five columns (n,). `places` are low bits, `days` ordinals within [first, last]."""

    first: int
    last: int
    places: Numbers
    definitions: Numbers
    days: Numbers
    occurrences: Numbers
    values: Numbers

    def of(self, definitions: Collection[int]) -> NDArray[np.bool_]:
        return np.isin(self.definitions, np.array(sorted(definitions), dtype=np.int64))


def _blank(months: int, value: int = 0) -> Numbers:
    return np.full((months, SIZE), value, dtype=np.int64)


@dataclass(eq=False, slots=True)
class Grid:
    """Arrays (months, SIZE) by month in order and place of a customer; filled by `add`."""

    months: int
    roles: Roles
    purchases: Numbers = field(init=False)
    orders: Numbers = field(init=False)
    values: Numbers = field(init=False)
    active: NDArray[np.bool_] = field(init=False)
    last_seen: Numbers = field(init=False)  # the last day of lasting activity up to the month's end
    led: NDArray[np.bool_] = field(init=False)
    won: NDArray[np.bool_] = field(init=False)
    firsts: dict[str, int] = field(default_factory=dict)  # the first day on which each part was played by anybody
    _last_leads: Numbers = field(init=False)
    _ends: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.purchases, self.orders, self.values = _blank(self.months), _blank(self.months), _blank(self.months)
        self.active = np.zeros((self.months, SIZE), dtype=np.bool_)
        self.led, self.won = np.zeros_like(self.active), np.zeros_like(self.active)
        self.last_seen = _blank(self.months, NEVER)
        self._last_leads = _blank(self.months, NEVER)

    def add(self, at: int, rows: MonthRows) -> None:
        """The rows of month `at`; months are added in order, each once."""
        if at != len(self._ends):
            raise ValueError("months come one after the other")
        self._ends.append(rows.last)
        bought, paid, lasts = (rows.of(part) for part in (self.roles.purchases, self.roles.revenue, self.roles.lasting))
        np.add.at(self.purchases[at], rows.places[bought], rows.occurrences[bought])
        np.add.at(self.orders[at], rows.places[paid], rows.occurrences[paid])
        np.add.at(self.values[at], rows.places[paid], rows.values[paid])
        self.active[at, rows.places[lasts & (rows.occurrences > 0)]] = True
        if at:
            self.last_seen[at] = self.last_seen[at - 1]
        np.maximum.at(self.last_seen[at], rows.places[lasts], rows.days[lasts])
        self._convert(at, rows)
        for name in ("purchases", "revenue", "lasting", "leads"):
            days = rows.days[rows.of(getattr(self.roles, name))]
            if len(days):
                self.firsts[name] = min(self.firsts.get(name, int(days.min())), int(days.min()))

    def _convert(self, at: int, rows: MonthRows) -> None:
        """Who did the first action in a month, and the second on the same day or within so many days after.

        On one day nobody knows which came first: it counts. Of several first actions any one will do, so the latest at
        or before the second is looked at.
        """
        leads, wins = rows.of(self.roles.leads), rows.of(self.roles.wins)
        self.led[at, rows.places[leads]] = True
        within = self.roles.win_days
        span = within if within is not None else rows.last - rows.first
        for earlier in range(at if within is not None else 0):
            if self._ends[earlier] + span >= rows.first:
                self._win(
                    earlier, rows.places[wins], rows.days[wins], self._last_leads[earlier][rows.places[wins]], span
                )
        places = np.concatenate([rows.places[leads], rows.places[wins]])
        days = np.concatenate([rows.days[leads], rows.days[wins]])
        is_win = np.concatenate([np.zeros(leads.sum(), dtype=np.bool_), np.ones(wins.sum(), dtype=np.bool_)])
        order = np.lexsort((is_win, days, places))
        places, days, is_win = places[order], days[order], is_win[order]
        # The latest lead so far of the same customer: leads rise along the rows, a customer's keys lie above others'.
        keys = places * (1 << 32) + np.where(is_win, 0, days)
        latest = np.maximum.accumulate(keys) if len(keys) else keys
        leads_before = np.where(latest >> 32 == places, latest & ((1 << 32) - 1), 0)
        leads_before = np.where(leads_before == 0, NEVER, leads_before)
        self._win(at, places[is_win], days[is_win], leads_before[is_win], span)
        np.maximum.at(self._last_leads[at], rows.places[leads], rows.days[leads])

    def _win(self, month: int, places: Numbers, days: Numbers, leads: Numbers, span: int) -> None:
        fits = (leads != NEVER) & (days >= leads) & (days - leads <= span)
        self.won[month, places[fits]] = True
