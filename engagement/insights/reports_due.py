"""Whose report of the last finished month is due: a later step knows, and says so here before a page asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from tenants.models import Organisation


@dataclass(frozen=True, slots=True)
class ReportDue:
    """Nobody has published the report of the month that ended with `last_day`; it was due on `due_on`."""

    last_day: date
    due_on: date


class Reader(Protocol):
    """Who knows what is due, of organisations in scope by id; those without an entry owe nothing. One statement."""

    def __call__(self, *, organisations: Sequence[Organisation], now: datetime) -> Mapping[int, ReportDue]: ...


_readers: list[Reader] = []


def knows_reports_due(reader: Reader) -> None:
    """Say who knows; saying it again changes nothing."""
    if reader not in _readers:
        _readers.append(reader)


def reports_due(*, organisations: Sequence[Organisation], now: datetime) -> dict[int, ReportDue]:
    """What is due, by organisation; needs a scope that reads them, and their firms for what these have planned."""
    return {key: one for reader in _readers for key, one in reader(organisations=organisations, now=now).items()}
