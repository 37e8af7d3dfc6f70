"""Which words count: an organisation's own before its firm's before ours, language by language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.guidance.models import EntryVersion
from engagement.guidance.texts import files
from engagement.guidance.types import FIRMS, LAST, OURS, OWN, Entry, Version
from tenants.models import Organisation

_ORDER = {OURS: 0, FIRMS: 1, OWN: 2}


def entries_of(*, organisation: Organisation, language: str) -> tuple[Entry, ...]:
    """All entries as they count for readers of a language, ours in their order, then those that were added by title.

    An added one that has no words in the language is shown in another, where there is one.
    """
    known: dict[str, Entry] = dict(files.entries(language))
    for version in sorted(_latest(organisation), key=lambda one: (one.language == language, _ORDER[one.origin])):
        if version.is_withdrawn:
            continue
        below = known.get(version.key)
        if version.language == language or below is None or below.language != language:
            known[version.key] = _entry(version, below)
    return tuple(sorted(known.values(), key=lambda entry: (entry.order, entry.question.casefold(), entry.key)))


def _latest(organisation: Organisation) -> Iterable[EntryVersion]:
    """The last version of each key, language and origin."""
    rows = EntryVersion.objects.filter(organisation=organisation).select_related("written_by")
    parts = ("key", "language", "origin")
    return rows.order_by(*parts, "-number").distinct(*parts)


def _entry(version: EntryVersion, below: Entry | None) -> Entry:
    overrides = below.source if below is not None and below.language == version.language else ""
    return Entry(
        key=version.key,
        language=version.language,
        question=version.question,
        text=version.text,
        keywords=version.keywords,
        explains=tuple(version.explains),
        evidence=tuple(version.evidence),
        order=below.order if below is not None else LAST,
        source=version.origin,
        overrides=overrides,
        number=version.number,
        written_by=version.written_by.name if version.written_by else "",
        written_at=version.written_at,
    )


def entry_named(*, organisation: Organisation, key: str, language: str) -> Entry:
    """One entry as it counts; raises NotFoundError."""
    found = next((one for one in entries_of(organisation=organisation, language=language) if one.key == key), None)
    if found is None:
        raise NotFoundError(_("There is no such entry."))
    return found


def own_versions(*, organisation: Organisation, key: str, language: str) -> tuple[Version, ...]:
    """Every version that the organisation itself has kept of an entry, the latest first."""
    rows = EntryVersion.objects.filter(organisation=organisation, key=key, language=language, origin=OWN)
    return tuple(_version(row) for row in rows.select_related("written_by").order_by("-number"))


def version_named(*, organisation: Organisation, key: str, language: str, number: int) -> Version:
    """One of these; raises NotFoundError."""
    versions = own_versions(organisation=organisation, key=key, language=language)
    found = next((one for one in versions if one.number == number and not one.is_withdrawn), None)
    if found is None:
        raise NotFoundError(_("There is no such version."))
    return found


def _version(row: EntryVersion) -> Version:
    return Version(
        number=row.number,
        language=row.language,
        is_withdrawn=row.is_withdrawn,
        question=row.question,
        text=row.text,
        note=row.note,
        written_by=row.written_by.name if row.written_by else "",
        written_at=row.written_at,
    )


def firms_entries(*, firm: Organisation) -> tuple[Entry, ...]:
    """What a firm says to its clients, in every language, by key."""
    kept = (version for version in _latest(firm) if not version.is_withdrawn and version.origin == OWN)
    found = [replace(_entry(version, files.entries(version.language).get(version.key)), source=OWN) for version in kept]
    return tuple(sorted(found, key=lambda entry: (entry.order, entry.key, entry.language)))
