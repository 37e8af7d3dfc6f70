"""How a sample's data comes in beside its first two files: made up, and declared without Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Rule = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSender:
    """A program with a write key of its own, and the requests it sent, as client libraries write them."""

    name: str
    requests: Callable[[], tuple[bytes, ...]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFile:
    """A file of events that somebody uploads; `roles` say which column is what, kept as `mapping_name`."""

    name: str
    content: Callable[[], bytes] = field(repr=False)
    roles: Mapping[str, str]
    mapping_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmRecord:
    """A contact or an activity as a CRM has it; `path` is its kind there. It is there from the `round`-th fetching on.

    `at` is when it happened, None for a contact; `contacts` are the ids of those who took part.
    """

    path: str
    id: int
    properties: Mapping[str, str]
    at: datetime | None = None
    contacts: tuple[int, ...] = ()
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCrm:
    """An account at HubSpot: what its form was told, and what was fetched from it in some rounds."""

    name: str
    account: int
    customer: str
    traits: tuple[str, ...]
    backfill_from: date
    rounds: int
    records: Callable[[], tuple[CrmRecord, ...]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMachines:
    """Rules for what looks machine-like, published with a reason."""

    rules: tuple[Rule, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleIntake:
    """All of it. `hook` is a connection that another system sends to, `ignored` names of events are passed over."""

    senders: tuple[SampleSender, ...]
    file: SampleFile
    crm: SampleCrm
    hook: SampleSender
    ignored: tuple[str, ...]
    machines: SampleMachines
