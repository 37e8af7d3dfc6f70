"""Which months there should be figures of, and of which something has changed since they were computed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from engagement.companions import queries
from engagement.companions.formula import Roles
from engagement.companions.models import CompanionMonth
from engagement.companions.selectors.settings import current_setting, latest_rules
from engagement.companions.types import Measuring, SettingFacts
from engagement.insights.calendars import By, ends_before, period_end, period_start, previous_end
from engagement.insights.selectors.periods import runs_in_force
from engagement.scoring.models import ScoreRun
from engagement.scoring.runs.activity import first_kept_day
from engagement.scoring.runs.chunk import n_chunks
from tenants.models import Organisation

MONTHS: Final = 13  # a year, and the month to compare its first with
_BEFORE: Final = 1  # whoever may have gone was there in the month before


@dataclass(frozen=True, slots=True)
class WantedMonth:
    """A month to compute: its last day, the run that says who belongs to what, and the digest of everything else."""

    end: date
    run: ScoreRun
    inputs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The months to compute, oldest first, and what with. `ends` are the ends of all months that are read for them."""

    setting: SettingFacts
    roles: Roles
    value_scale: int
    months: tuple[WantedMonth, ...]
    ends: tuple[date, ...]
    read_until: date  # the last finished day
    first_kept: date | None
    chunks: int

    @property
    def measuring(self) -> Measuring:
        return self.setting.measuring

    def at(self, end: date) -> int:
        """The place of a month among those that are read."""
        return self.ends.index(end)

    def is_final(self, end: date) -> bool:
        """Whether every day that the month's figures look at is over."""
        return end + timedelta(days=self.measuring.conversion_days or 0) <= self.read_until


def wanted_months(*, organisation: Organisation, now: datetime) -> Wanted | None:
    """What is to be computed; None before anybody has said how. No months: everything is as it should be.

    The last 13 finished months whose last day has been scored. One is computed anew when another run counts for that
    day (or customers of it were erased), when the settings or a named action's rule have changed, when answers of
    the month came or went, and when an action that had days left to follow another has them no more.
    """
    setting = current_setting()
    if setting is None:
        return None
    last_day = organisation.last_finished_day(now)
    rules = latest_rules()
    roles = roles_of(measuring=setting.measuring, rules=rules)
    ends = ends_before(last_day, by=By.MONTH, count=MONTHS)
    runs = runs_in_force(ends)
    states: dict[date, str] = dict(_answer_states(organisation, ends[0]))
    known = {row.month: row for row in CompanionMonth.objects.filter(month__in=ends)}
    months = []
    for end in ends:
        run = runs.get(end)
        if run is None or run.thinned_at is not None:
            continue
        state = states.get(period_start(end, by=By.MONTH), "")
        one = WantedMonth(end, run, _inputs(setting, roles, state))
        if not _holds(known.get(end), one, last_day=last_day, days=setting.measuring.conversion_days or 0):
            months.append(one)
    rule = rules.get(setting.measuring.revenue, {})
    return Wanted(
        setting=setting,
        roles=roles,
        value_scale=int(str(rule.get("value_scale") or 0)),
        months=tuple(months),
        ends=_read_ends([month.end for month in months], setting.measuring, last_day=last_day),
        read_until=last_day,
        first_kept=first_kept_day(organisation_id=organisation.pk),
        chunks=n_chunks(organisation.pk) if months else 0,
    )


def roles_of(*, measuring: Measuring, rules: dict[str, dict[str, Any]]) -> Roles:
    """The definitions that play each part: the latest of each named action, of all actions where any activity
    counts.
    """

    def of(*keys: str) -> frozenset[int]:
        return frozenset(int(rules[key]["definition"]) for key in keys if key in rules)

    return Roles(
        purchases=of(*measuring.purchases),
        revenue=of(measuring.revenue),
        lasting=of(*measuring.purchases) if measuring.churn_by == "purchases" else of(*rules),
        leads=of(measuring.conversion_from),
        wins=of(measuring.conversion_to),
        win_days=measuring.conversion_days,
    )


def _answer_states(organisation: Organisation, end: date) -> list[tuple[Any, ...]]:
    first = period_start(end, by=By.MONTH)
    return queries.fetch("answer_states", organisation_id=organisation.pk, first=first)


def _inputs(setting: SettingFacts, roles: Roles, answers: str) -> str:
    parts = (roles.purchases, roles.revenue, roles.lasting, roles.leads, roles.wins)
    said = [setting.number, *(sorted(part) for part in parts), answers]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _holds(row: CompanionMonth | None, wanted: WantedMonth, *, last_day: date, days: int) -> bool:
    if row is None or (row.run_id, row.run_digest) != (wanted.run.pk, wanted.run.digest) or row.inputs != wanted.inputs:
        return False
    return row.is_final or wanted.end + timedelta(days=days) > last_day


def _read_ends(ends: list[date], measuring: Measuring, *, last_day: date) -> tuple[date, ...]:
    """All months from the first that any figure looks at to the last, without a gap."""
    if not ends:
        return ()
    first = ends[0]
    for _step in range(max(_BEFORE, measuring.value_months - 1, _months_of(measuring.churn_days))):
        first = previous_end(first, by=By.MONTH)
    until = min(ends[-1] + timedelta(days=measuring.conversion_days or 0), last_day)
    found = [first]
    while found[-1] < until:
        found.append(period_end(found[-1] + timedelta(days=1), by=By.MONTH))
    return tuple(found)


def _months_of(days: int | None) -> int:
    """How many whole months before its own a figure looks at that goes back so many days before the month."""
    return 0 if days is None else 2 + days // 28
