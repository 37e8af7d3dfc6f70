"""Feedback comes in, is judged by the word list and looked through for themes; a person corrects, or takes it out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from engagement.feedback.formula.tone import UNJUDGED, judge, model_name
from engagement.feedback.models import FeedbackFile, FeedbackItem, Kind, Tone
from engagement.feedback.models.items import MAX_TEXT
from engagement.feedback.selectors.themes import current_matcher
from engagement.feedback.types import Added, Refused, Said
from engagement.ingest.services.customers import Identity, find_customers
from engagement.ingest.services.erased import erased_since, salts_of
from engagement.insights.note_types import EVERYBODY
from engagement.scoring.models import Segment
from tenants.audit import audit_append
from tenants.models import Organisation, User

EARLIEST: Final = date(2000, 1, 1)  # events begin here too
MAX_SOURCE: Final = 120
_MAX_ID: Final = 150
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ids of some sayings lead to; asked once for all of them."""

    customers: Mapping[Identity, int]
    erased: Collection[Identity]
    segments: Mapping[str, Segment]
    today: date


def add_items(
    *,
    organisation: Organisation,
    said: Sequence[Said],
    user: User | None,
    now: datetime,
    file: FeedbackFile | None = None,
) -> Added:
    """Take in what can be used and name the rest; what is there already is counted and stays as it is.

    Each is judged and looked through for themes at once: 0.3 ms for a sentence. What comes of a file is on record with
    the file. Needs the organisation in scope for writing.
    """
    known = _known(organisation, said, now)
    refused = tuple(found for at, one in enumerate(said) if (found := _refusal(at, one, known)))
    bad = {one.at for one in refused}
    good = [one for at, one in enumerate(said) if at not in bad]
    fresh = _without_known(good)
    matcher = current_matcher()
    rows = [
        FeedbackItem(
            organisation=organisation,
            file=file,
            entered_by=user,
            entered_at=now,
            matched_version=matcher.version,
            theme_numbers=matcher.match(one.text),
            **_columns(key, one, organisation, known),
        )
        for key, one in fresh.items()
    ]
    new = _store(rows)
    if new and file is None:
        audit_append(act="feedback.added", new={"items": len(new)})
    return Added(new, len(good) - len(new), refused)


def add_item(*, organisation: Organisation, said: Said, user: User | None, now: datetime) -> UUID | None:
    """Take one in; None where the very same is there already. Raises InvalidInputError with fields."""
    found = add_items(organisation=organisation, said=[said], user=user, now=now)
    if found.refused:
        raise InvalidInputError(fields=found.refused[0].fields)
    return found.ids[0] if found.ids else None


def correct_tone(*, organisation: Organisation, item_id: UUID, tone: str, user: User | None, now: datetime) -> None:
    """Say how it sounds to a person; the word list's judgement is kept beside it. "" takes a correction back.

    Raises InvalidInputError with fields, NotFoundError.
    """
    if tone not in {"", *Tone.values} - {Tone.UNJUDGED}:
        raise InvalidInputError(fields={"tone": [_("Choose negative, mixed or neutral, or positive.")]})
    item = _locked(item_id)
    if item.corrected == tone:
        return
    old = item.tone
    item.corrected, item.tone = tone, tone or item.judged
    item.corrected_by, item.corrected_at = (user, now) if tone else (None, None)
    item.save(update_fields=["corrected", "tone", "corrected_by", "corrected_at"])
    audit_append(
        act="feedback.corrected", object_kind="feedback_item", object_id=item.pk, old={"tone": old},
        new={"tone": item.tone, "by": "person" if tone else "word list"}, organisation_id=organisation.pk,
    )  # fmt: skip


def remove_item(*, organisation: Organisation, item_id: UUID) -> None:
    """Take one piece of feedback out for good; the record keeps that there was one, and of which kind and day."""
    item = _locked(item_id)
    item.delete()
    audit_append(
        act="feedback.removed", object_kind="feedback_item", object_id=item_id,
        old={"kind": item.kind, "day": item.day}, organisation_id=organisation.pk,
    )  # fmt: skip


def _locked(item_id: UUID) -> FeedbackItem:
    item = FeedbackItem.objects.select_for_update(of=("self",)).filter(pk=item_id).first()
    if item is None:
        raise NotFoundError(_("There is no such feedback."))
    return item


# ── what can be used ─────────────────────────────────────────────────────────────────────────────────────────


def _known(organisation: Organisation, said: Sequence[Said], now: datetime) -> _Known:
    asked = {(one.customer.strip(), True) for one in said if one.customer.strip() and "\0" not in one.customer}
    customers = find_customers(organisation_id=organisation.pk, identities=asked)
    missing = asked - customers.keys()
    salts = salts_of(organisation_id=organisation.pk) if missing else []
    erased = erased_since(organisation_id=organisation.pk, identities=missing, salts=salts) if salts else {}
    keys = {one.segment.strip() for one in said if "\0" not in one.segment} - {"", EVERYBODY}
    found = Segment.objects.filter(key__in=keys, archived_at__isnull=True) if keys else ()
    return _Known(customers, frozenset(erased), {one.key: one for one in found}, organisation.today(now))


def _refusal(at: int, one: Said, known: _Known) -> Refused | None:
    """What is wrong with one, by field; None for one that can be taken."""
    problems = {**_wrong_words(one), **_wrong_names(one, known)}
    if not EARLIEST <= one.day <= known.today:
        problems["day"] = [_("Choose a day from {first} to {last}.").format(first=EARLIEST, last=known.today)]
    if one.kind not in Kind.values:
        problems["kind"] = [_("Choose one of {names}.").format(names=", ".join(Kind.values))]
    return Refused(at, problems, (one.customer.strip(), True) in known.erased) if problems else None


def _wrong_words(one: Said) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    text, language, source = one.text.strip(), one.language.strip().lower().replace("_", "-"), one.source.strip()
    if not text:
        problems["text"] = [_("Write what was said.")]
    elif len(text) > MAX_TEXT or "\0" in text:
        problems["text"] = [_("Use at most {most} characters, and none that cannot be printed.").format(most=MAX_TEXT)]
    if language and not _LANGUAGE.fullmatch(language):
        problems["language"] = [_("Write a language as two letters, like en or de.")]
    if not source or len(source) > MAX_SOURCE or "\0" in source:
        problems["source"] = [_("Say where it is from, in at most {most} characters.").format(most=MAX_SOURCE)]
    if len(one.id) > _MAX_ID or "\0" in one.id:
        problems["id"] = [_("Use an id of at most {most} characters.").format(most=_MAX_ID)]
    return problems


def _wrong_names(one: Said, known: _Known) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    customer = one.customer.strip(), True
    if customer in known.erased:
        problems["customer"] = [_("This is about somebody who was erased. Nothing of it is kept.")]
    elif customer[0] and customer not in known.customers:
        problems["customer"] = [_("No customer with this id is known. Send in customers first, or leave it empty.")]
    if one.segment.strip() not in {"", EVERYBODY, *known.segments}:
        problems["segment"] = [_("There is no such segment.")]
    return problems


def _columns(key: tuple[str, str], one: Said, organisation: Organisation, known: _Known) -> dict[str, object]:
    language, text = language_of(one.language, organisation=organisation), one.text.strip()
    found = judge(text, language=language)
    return {
        "day": one.day,
        "kind": one.kind,
        "text": text,
        "language": language,
        "customer_number": known.customers.get((one.customer.strip(), True)),
        "segment": known.segments.get(one.segment.strip()),
        "source": key[0],
        "source_key": key[1],
        "judged": found.tone,
        "tone": found.tone,
        "compound": found.compound,
        "unjudged_because": found.because,
        "model": "" if found.tone == UNJUDGED else model_name(),
    }


def language_of(given: str, *, organisation: Organisation) -> str:
    """The language that is given; without one English, where that is the organisation's, and else none: not known.

    Example: "en_GB" -> "en-gb"; "" -> "en" for an organisation whose language is "en", "" for one with "de".
    """
    if given.strip():
        return given.strip().lower().replace("_", "-")
    return "en" if organisation.language.partition("-")[0] == "en" else ""


# ── once each ────────────────────────────────────────────────────────────────────────────────────────────────


def digest_of_saying(one: Said) -> str:
    """What tells a saying without an id from others of its source: kind, day, customer, and its text case folded."""
    parts = (one.kind, one.day.isoformat(), one.customer.strip(), " ".join(one.text.casefold().split()))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _key(one: Said) -> tuple[str, str]:
    own = one.id.strip()
    return one.source.strip(), f"id:{own}" if own else f"text:{digest_of_saying(one)}:{one.repeat}"


def _without_known(good: Sequence[Said]) -> dict[tuple[str, str], Said]:
    """Those that are not there yet, by key; of two with one key the first."""
    by_key: dict[tuple[str, str], Said] = {}
    for one in good:
        by_key.setdefault(_key(one), one)
    there = FeedbackItem.objects.filter(
        source__in={source for source, _rest in by_key}, source_key__in=[key for _source, key in by_key]
    )
    known = set(there.values_list("source", "source_key"))
    return {key: one for key, one in by_key.items() if key not in known}


def _store(rows: Sequence[FeedbackItem]) -> tuple[UUID, ...]:
    """Add those that nobody else sent a moment ago; returns the ids of those that are there now, in order."""
    FeedbackItem.objects.bulk_create(rows, ignore_conflicts=True)
    stored = set(FeedbackItem.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return tuple(row.pk for row in rows if row.pk in stored)
