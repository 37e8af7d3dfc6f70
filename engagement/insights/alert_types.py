"""Alerts as they cross borders: what is watched, what was found, and rules with what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

EVERYBODY: Final = "all"
# A run is looked at while it is the latest of a day that is over, and no older than this: the past is not told anew.
LOOKED_AT_FOR_DAYS: Final = 8

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule finds in a run: about which segment, and of a target about which one."""

    rule_id: UUID
    segment_key: str
    facts: Facts
    subject: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A segment that a rule could not be held against in a run, and why."""

    rule_number: int
    segment_key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at one run gave.

    `holding` are (rule, segment, subject) of which the condition still holds, though it may not be new: what was found
    before and is not among them is over. `watched` are those that could be looked at: what could not stays as it was.
    """

    compared: int
    findings: tuple[Finding, ...]
    holding: frozenset[tuple[UUID, str, str]]
    watched: frozenset[tuple[UUID, str]]
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWords:
    """What a rule says; `threshold` in its own unit: a score, a share 0…1, days. 0 where the kind has none."""

    kind: str
    period: str = ""
    threshold: Decimal = Decimal(0)
    segment_keys: tuple[str, ...] = (EVERYBODY,)
    roles: tuple[str, ...] = ()
    people: tuple[UUID, ...] = ()
    by_webhook: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule in force, with the names of what it holds ids of."""

    id: UUID
    number: int
    version: int
    words: RuleWords
    segment_names: tuple[str, ...]
    people_names: tuple[str, ...]
    muted_until: date | None
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """An alert in a list; `facts` as they were on the day."""

    id: UUID
    kind: str
    segment_key: str
    segment_name: str
    rule_id: UUID
    rule_number: int
    as_of: date
    run_number: int
    fired_at: datetime
    state: str
    note: str
    handled_by: str
    handled_at: datetime | None
    over_on: date | None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """How many alerts are open in an organisation, since which day, and whether two of what pages say is among them."""

    count: int
    since: date
    fell_on: date | None = None  # the last month at whose end the score of everybody fell
    is_late: bool = False  # data does not come, and has not since
