"""Keeping an organisation's own entries: a new version each time, none ever changed, none ever lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.guidance.evidence.speaking import TELLERS
from engagement.guidance.measures import BY_KEY
from engagement.guidance.models import EntryVersion
from engagement.guidance.texts import files
from engagement.guidance.types import OWN, EntryWords
from tenants.audit import audit_append
from tenants.models import Organisation, User

MAX_QUESTION: Final = 200
MAX_TEXT: Final = 20_000
MAX_KEYWORDS: Final = 200
MAX_NOTE: Final = 200
MAX_OWN: Final = 200  # entries that an organisation may have of its own
_MAX_KEY: Final = 60
RESERVED: Final = frozenset({"new"})  # an address of its own


def keep_entry(
    *, organisation: Organisation, words: EntryWords, based_on: int, user: User | None, now: datetime
) -> EntryVersion:
    """Keep a new version of an entry: one of ours or the firm's overridden, an own one changed, or a new one.

    `based_on` is the number of the own version that the writer saw, 0 for none. Raises InvalidInputError with fields,
    ConflictError where somebody else has kept a version since, NotFoundError for a key that no entry has.
    """
    _check(words)
    key = words.key or _new_key(organisation, words.question)
    known = EntryVersion.objects.filter(organisation=organisation, key=key)
    if words.key and words.key not in files.entries(words.language) and not known.exists():
        raise NotFoundError(_("There is no such entry."))
    made = _appended(
        organisation, key=key, language=words.language, based_on=based_on, user=user, now=now,
        question=" ".join(words.question.split()), text=words.text.strip(), note=words.note.strip(),
        keywords=" ".join(words.keywords.split()), explains=list(words.explains), evidence=list(words.evidence),
    )  # fmt: skip
    audit_append(
        act="guidance.kept", object_kind="guidance_entry", object_id=made.pk, new=recorded(made),
        organisation_id=organisation.pk,
    )  # fmt: skip
    return made


def withdraw_entry(
    *, organisation: Organisation, key: str, language: str, based_on: int, user: User | None, now: datetime
) -> EntryVersion:
    """Put back what stood there before the organisation's own words; all versions stay.

    Raises NotFoundError where it has none of its own, ConflictError as for keeping one.
    """
    last = _last(organisation, key, language)
    if last is None or last.is_withdrawn:
        raise NotFoundError(_("There is no such entry."))
    made = _appended(
        organisation, key=key, language=language, based_on=based_on, user=user, now=now, is_withdrawn=True
    )  # fmt: skip
    audit_append(
        act="guidance.withdrawn", object_kind="guidance_entry", object_id=made.pk, new=recorded(made),
        organisation_id=organisation.pk,
    )  # fmt: skip
    return made


def recorded(version: EntryVersion) -> dict[str, object]:
    """A version as the record keeps it: never the words."""
    return {"language": version.language, "number": version.number}


def _last(organisation: Organisation, key: str, language: str) -> EntryVersion | None:
    rows = EntryVersion.objects.filter(organisation=organisation, key=key, language=language, origin=OWN)
    return rows.order_by("-number").first()


def _appended(
    organisation: Organisation, *, key: str, language: str, based_on: int, user: User | None, now: datetime, **said: Any
) -> EntryVersion:
    """The next version; the unique key refuses the second of two that are kept at once."""
    last = _last(organisation, key, language)
    if based_on != (last.number if last else 0):
        raise ConflictError(_overtaken())
    fields = {"key": key, "language": language, "origin": OWN, "number": based_on + 1}
    try:
        with transaction.atomic():
            return EntryVersion.objects.create(
                organisation_id=organisation.pk, written_by=user, written_at=now, **fields, **said
            )
    except IntegrityError as error:
        raise ConflictError(_overtaken()) from error


def _overtaken() -> str:
    return _("Somebody else has kept this entry meanwhile. Copy your words, open the entry again, and put them in.")


def _new_key(organisation: Organisation, question: str) -> str:
    """A key from the question that no entry has yet."""
    base = slugify(question)[: _MAX_KEY - 4].strip("-") or "entry"
    rows = EntryVersion.objects.filter(organisation=organisation, origin=OWN)
    taken = {*rows.values_list("key", flat=True).distinct(), *RESERVED}
    if len(taken) > MAX_OWN:
        raise InvalidInputError(_("These would be more than {most} entries of your own.").format(most=MAX_OWN))
    taken |= {key for language in files.LANGUAGES for key in files.entries(language)}
    candidates = (base if n == 1 else f"{base}-{n}" for n in range(1, len(taken) + 2))
    return next(key for key in candidates if key not in taken)


def _check(words: EntryWords) -> None:
    """Raises InvalidInputError with every field that cannot be used."""
    problems: dict[str, list[str]] = {}
    for name, text, most, is_needed in (
        ("question", words.question, MAX_QUESTION, True),
        ("text", words.text, MAX_TEXT, True),
        ("keywords", words.keywords, MAX_KEYWORDS, False),
        ("note", words.note, MAX_NOTE, False),
    ):
        if is_needed and not text.strip():
            problems[name] = [_("Write something here.")]
        elif len(text.strip()) > most:
            problems[name] = [_("Use at most {most} characters.").format(most=most)]
        elif "\0" in text:
            problems[name] = [_("Leave out signs that cannot be printed.")]
    if words.language not in files.LANGUAGES:
        problems["language"] = [_("Choose one of: {list}.").format(list=", ".join(files.LANGUAGES))]
    for name, keys, known in (("explains", words.explains, BY_KEY), ("evidence", words.evidence, TELLERS)):
        if wrong := next((key for key in keys if key not in known), None):
            said = _("“{key}” is not known. Choose from: {list}.")
            problems[name] = [said.format(key=wrong, list=", ".join(known))]
    if problems:
        raise InvalidInputError(fields=problems)
