"""What looks machine-like: the rules in force and the draft, what they label, and whether it is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from engagement.ingest.models import Event
from engagement.scoring import queries
from engagement.scoring.looking import LOOK_DAYS
from engagement.scoring.machines.rules import MachineRule, describe, parse_rules
from engagement.scoring.matching import ActionRule
from engagement.scoring.models import BreakdownProperty, MachineLabel, MachineRuleSet
from engagement.scoring.services.actions import left_out_now
from engagement.scoring.services.counting import BLANKS
from tenants.jobs import latest_job
from tenants.models import Job, Organisation

_KIND: Final = "scoring.label"
_CAMPAIGN: Final = "campaign"
_EXAMPLE_LENGTH: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLabelled:
    """One rule in words and what it labelled in the days looked at; the instants are None where it labelled nothing."""

    rule: MachineRule
    words: str
    events: int = 0
    customers: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    example: str = ""  # properties of the latest one, as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLabelled:
    """Of the events of one name and one value of the campaign's property, how many are labelled by any rule."""

    name: str
    value: str | None
    labelled: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetLine:
    """One version, its rules in words."""

    number: int
    state: str
    state_name: str
    rules: tuple[RuleLabelled, ...]
    note: str
    published_by: str
    published_at: datetime | None
    labelled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Everything the page shows. `left_out` is the number of the set whose labelled events are not counted."""

    current: RuleSetLine | None
    draft: RuleSetLine | None
    former: tuple[RuleSetLine, ...]
    left_out: int | None
    shares: tuple[ShareLabelled, ...]
    by: str  # the property of the shares
    days: int
    is_busy: bool
    has_failed: bool

    @property
    def labelled(self) -> int:
        return sum(one.labelled for one in self.shares)


def machines(*, organisation: Organisation, now: datetime) -> Machines:
    """The rules, and what those in force label among the events of the last ninety days."""
    rows = list(MachineRuleSet.objects.select_related("published_by").order_by("-number"))
    current = next((row for row in rows if row.state == MachineRuleSet.State.PUBLISHED), None)
    draft = next((row for row in rows if row.state == MachineRuleSet.State.DRAFT), None)
    job = latest_job(kind=_KIND)
    by = BreakdownProperty.objects.order_by("position").values_list("name", flat=True).first() or _CAMPAIGN
    return Machines(
        current=None if current is None else _line(current, _labelled(organisation, current, now=now)),
        draft=None if draft is None else _line(draft, _unlooked(draft)),
        former=tuple(_line(row, _unlooked(row)) for row in rows if row.state == MachineRuleSet.State.RETIRED),
        left_out=left_out_now(),
        shares=() if current is None else _shares(organisation, current, by=by, now=now),
        by=by,
        days=LOOK_DAYS,
        is_busy=job is not None and job.state == Job.State.WAITING,
        has_failed=job is not None and job.state == Job.State.FAILED,
    )


def _line(row: MachineRuleSet, rules: Sequence[RuleLabelled]) -> RuleSetLine:
    return RuleSetLine(
        number=row.number,
        state=row.state,
        state_name=row.get_state_display(),
        rules=tuple(rules),
        note=row.note,
        published_by=row.published_by.name if row.published_by else "",
        published_at=row.published_at,
        labelled_at=row.labelled_at,
    )


def _unlooked(row: MachineRuleSet) -> list[RuleLabelled]:
    return [RuleLabelled(rule=rule, words=describe(rule)) for rule in parse_rules(row.rules)]


def _labelled(organisation: Organisation, row: MachineRuleSet, *, now: datetime) -> list[RuleLabelled]:
    found = {place: rest for place, *rest in queries.fetch("label_counts", **_bound(organisation, row, now=now))}
    examples = _examples(organisation, [rest[-1] for rest in found.values()])
    return [
        _counted(one, found[place], examples) if place in found else one for place, one in enumerate(_unlooked(row))
    ]


def _counted(one: RuleLabelled, found: Sequence[Any], examples: dict[str, str]) -> RuleLabelled:
    events, customers, first_at, last_at, key = found
    return RuleLabelled(
        rule=one.rule,
        words=one.words,
        events=events,
        customers=customers,
        first_at=first_at,
        last_at=last_at,
        example=examples.get(key, ""),
    )


def _examples(organisation: Organisation, keys: Sequence[str]) -> dict[str, str]:
    """The properties of some events, by their keys as text, shortened."""
    if not keys:
        return {}
    pairs = [key.partition(" ") for key in keys]
    rows = queries.fetch(
        "events_by_key",
        organisation_id=organisation.pk,
        days=[date.fromisoformat(day) for day, _blank, _id in pairs],
        message_ids=[message_id for _day, _blank, message_id in pairs],
    )
    said = {f"{day} {message_id}": text for day, message_id, text in rows}
    return {key: text if len(text) <= _EXAMPLE_LENGTH else f"{text[:_EXAMPLE_LENGTH]}…" for key, text in said.items()}


def _shares(organisation: Organisation, row: MachineRuleSet, *, by: str, now: datetime) -> tuple[ShareLabelled, ...]:
    """Labelled among all, by name and campaign; only asked for where something is labelled."""
    bound = {**_bound(organisation, row, now=now), "blanks": BLANKS, "property": by, "steps": by.split(".")}
    return tuple(
        ShareLabelled(name=name, value=value, labelled=labelled, events=events)
        for name, value, labelled, events in queries.fetch("label_shares", **bound)
    )


def _bound(organisation: Organisation, row: MachineRuleSet, *, now: datetime) -> dict[str, Any]:
    last = organisation.today(now)
    return {
        "organisation_id": organisation.pk,
        "rule_set": row.number,
        "day_from": last - timedelta(days=LOOK_DAYS - 1),
        "day_before": last + timedelta(days=3),
    }


def labelled_keys(*, events: Iterable[Event], rules: Iterable[ActionRule]) -> set[tuple[int | None, date, str]]:
    """Which of some events are not counted because they are labelled: number of the rule set, day, message id."""
    numbers = {rule.left_out for rule in rules if rule.left_out is not None}
    if not numbers:
        return set()
    keys = {(event.day, event.message_id) for event in events}
    labels = MachineLabel.objects.filter(
        rule_set__in=numbers,
        day__in={day for day, _id in keys},
        message_id__in={message_id for _day, message_id in keys},
    )
    found = labels.values_list("rule_set", "day", "message_id")
    return {(rule_set, day, message_id) for rule_set, day, message_id in found if (day, message_id) in keys}
