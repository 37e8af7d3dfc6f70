"""Survey answers: kept once each, from events by a cursor and from lists that files and programs send."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from engagement.companions import queries
from engagement.companions.models import SurveyAnswer, SurveyReading
from engagement.companions.selectors.settings import current_setting
from engagement.companions.types import Measuring, SettingFacts
from engagement.scoring import queries as scoring_queries
from engagement.scoring.matching import property_text
from tenants.models import Organisation
from tenants.scope import organisation_scope

EARLIEST: Final = date(2000, 1, 1)  # events begin here too
LONGEST_KEY: Final = 100
_AT_ONCE: Final = 2_000
# An event can be seen by others this long after the instant it says it was received at: its batch was being stored.
_STORED_WITHIN: Final = timedelta(hours=1)
_BLANKS: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_BEGINNING: Final = datetime(1, 1, 2, tzinfo=UTC)
_NPS_TOP: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAnswer:
    """An answer as it was sent. `key` is what the sender calls it; the same key again is the same answer."""

    day: date
    kind: str
    value: int
    key: str
    customer: str = ""


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """Which of a list (from 0) was not kept, and why, in words."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a list: how many were kept, how many of them were here before, which were not kept."""

    kept: int
    known: int
    bad: tuple[BadAnswer, ...]


def digest(key: str) -> str:
    """What is kept of a sender's own name of an answer, which may name somebody."""
    return hashlib.sha256(key.encode()).hexdigest()


def value_of(text: str, *, kind: str, csat_top: int) -> int | None:
    """An answer as a number of its scale (NPS 0 to 10, CSAT 1 to its top), None for what is none.

    >>> [value_of(text, kind="nps", csat_top=5) for text in (" 9 ", "11", "=9")], value_of("6", kind="csat", csat_top=5)
    ([9, None, None], None)
    """
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or number != number.to_integral_value():
        return None
    low, high = (0, _NPS_TOP) if kind == "nps" else (1, csat_top)
    return int(number) if low <= number <= high else None


def add_answers(
    *,
    organisation: Organisation,
    source: str,
    answers: Sequence[SentAnswer],
    csat_top: int,
    now: datetime,
    import_id: UUID | None = None,
) -> Kept:
    """Keep answers, each key of a source and kind once; those that cannot be kept are named and stop nothing.

    `import_id` is the imported file they come from, by which undoing it finds those that it brought.
    """
    wrong = problems_of(organisation=organisation, answers=answers, csat_top=csat_top, now=now)
    good = [answer for at, answer in enumerate(answers) if at not in wrong]
    numbers = customer_numbers(organisation=organisation, answers=good)
    new = _store(
        SurveyAnswer(
            organisation=organisation, day=answer.day, kind=answer.kind, value=answer.value, source=source,
            customer_number=numbers.get(answer.customer), key=digest(answer.key), received_at=now, import_id=import_id,
        )
        for answer in good
    )  # fmt: skip
    return Kept(len(good), len(good) - new, tuple(BadAnswer(at, reason) for at, reason in wrong.items()))


def problems_of(
    *, organisation: Organisation, answers: Sequence[SentAnswer], csat_top: int, now: datetime
) -> dict[int, str]:
    """Which of some answers cannot be kept, by their places, and why."""
    last = organisation.today(now)
    numbers = customer_numbers(organisation=organisation, answers=answers)
    found: dict[int, str] = {}
    for at, answer in enumerate(answers):
        problem = _problem(answer, last=last, csat_top=csat_top)
        if not problem and answer.customer and answer.customer not in numbers:
            problem = _("No customer has this id.")
        if problem:
            found[at] = problem
    return found


def _problem(answer: SentAnswer, *, last: date, csat_top: int) -> str:
    if answer.kind not in SurveyAnswer.Kind.values:
        return _("The kind is nps or csat.")
    if value_of(str(answer.value), kind=answer.kind, csat_top=csat_top) is None:
        if answer.kind == SurveyAnswer.Kind.NPS:
            return _("The answer is no whole number from 0 to 10.")
        return _("The answer is no whole number from 1 to {top}.").format(top=csat_top)
    if not EARLIEST <= answer.day <= last:
        return _("The day is before 2000 or in the future.")
    if not answer.key or len(answer.key) > LONGEST_KEY:
        return _("The key is missing or longer than {most} characters.").format(most=LONGEST_KEY)
    return ""


def customer_numbers(*, organisation: Organisation, answers: Iterable[SentAnswer]) -> dict[str, int]:
    """The numbers of the customers that answers name, by their ids; those that are not known are left out."""
    ids = sorted({answer.customer for answer in answers if answer.customer})
    if not ids:
        return {}
    rows = scoring_queries.fetch("numbers_of", organisation_id=organisation.pk, external_ids=ids)
    return {str(external_id): int(number) for external_id, number in rows}


def _store(rows: Iterable[SurveyAnswer]) -> int:
    """Add those that are not there, some at a time; returns how many that were.

    They are counted by their own ids: of all answers there may be more meanwhile, by somebody else.
    """
    new = 0
    source = iter(rows)
    while some := list(islice(source, _AT_ONCE)):
        SurveyAnswer.objects.bulk_create(some, ignore_conflicts=True)
        new += SurveyAnswer.objects.filter(pk__in=[row.pk for row in some]).count()
    return new


# ── from events ──────────────────────────────────────────────────────────────────────────────────────────────


def read_events(*, organisation_id: int, now: datetime) -> int:
    """Keep the answers among the events that have come in since the last reading; returns how many were new.

    Called outside any scope; one transaction. Reads what was received up to now, and an hour of what has been read
    again, because an event may be stored a while after it was received. Under other settings everything is read anew.
    """
    with organisation_scope(organisation_id):
        setting = current_setting()
        if setting is None:
            return 0
        organisation = Organisation.objects.get(pk=organisation_id)
        reading = _begun(organisation, setting)
        found = _Reading(organisation, setting.measuring, read_before=reading.received_before or _BEGINNING, until=now)
        new = _store(found.answers())
        reading.received_before = now
        reading.unusable += found.unusable
        reading.save()
    return new


def forget_gone(*, organisation: Organisation, days: Sequence[date]) -> int:
    """Delete the answers of local days whose events are not there any more: an import was undone, or its days replaced.

    What is there instead is read as it comes. Needs the organisation in scope for writing; returns how many.
    """
    ordered = sorted(days)
    if not SurveyAnswer.objects.filter(source=SurveyAnswer.Source.EVENT, day__in=ordered).exists():
        return 0
    gone = queries.fetch(
        "delete_gone_answers",
        organisation_id=organisation.pk,
        time_zone=organisation.time_zone,
        days=ordered,
        first=ordered[0],
        last=ordered[-1],
    )
    return len(gone)


def _begun(organisation: Organisation, setting: SettingFacts) -> SurveyReading:
    reading, is_new = SurveyReading.objects.get_or_create(
        organisation=organisation, defaults={"setting_number": setting.number}
    )
    if not is_new and reading.setting_number != setting.number:
        SurveyAnswer.objects.filter(source=SurveyAnswer.Source.EVENT).delete()
        reading.setting_number, reading.received_before, reading.unusable = setting.number, None, 0
    return reading


@dataclass(slots=True)
class _Reading:
    """One pass over the events of the names that are answers."""

    organisation: Organisation
    measuring: Measuring
    read_before: datetime
    until: datetime
    unusable: int = 0

    def answers(self) -> Iterator[SurveyAnswer]:
        asked = self._asked()
        for number, occurred_at, received_at, message_id, name, text in self._events(list(asked)):
            properties: Mapping[str, Any] = msgspec.json.decode(text)
            for kind, path in asked[name]:
                given = property_text(path, properties)
                if given is None:
                    continue  # a survey may ask one of the two only
                value = value_of(given, kind=kind, csat_top=self.measuring.csat_top)
                if value is None:
                    self.unusable += received_at >= self.read_before
                    continue
                yield SurveyAnswer(
                    organisation=self.organisation,
                    day=occurred_at.astimezone(self.organisation.zone).date(),
                    kind=kind,
                    value=value,
                    source=SurveyAnswer.Source.EVENT,
                    customer_number=number,
                    key=digest(message_id),
                    received_at=self.until,
                )

    def _asked(self) -> dict[str, list[tuple[str, str]]]:
        """By the name of an event the kinds of answer in it, each with its property."""
        found: dict[str, list[tuple[str, str]]] = {}
        one = self.measuring
        for kind, event, path in (
            ("nps", one.nps_event, one.nps_property),
            ("csat", one.csat_event, one.csat_property),
        ):
            if event:
                found.setdefault(event.strip(), []).append((kind, path))
        return found

    def _events(self, names: list[str]) -> Iterator[tuple[Any, ...]]:
        if not names:
            return
        since = self.read_before if self.read_before == _BEGINNING else self.read_before - _STORED_WITHIN
        bound: dict[str, Any] = {"organisation_id": self.organisation.pk, "names": names, "blanks": _BLANKS}
        bound |= {"received_from": since, "received_before": self.until}
        with connection.chunked_cursor() as cursor:
            text = queries.statement("survey_events")
            cursor.execute(text, bound)
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows
