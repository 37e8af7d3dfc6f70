"""What this step's entries of the record are about."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from engagement.guidance.models import EntryVersion, PitfallAcceptance
from engagement.guidance.pitfall_words import WORDS
from engagement.guidance.types import OWN
from tenants.models import Organisation
from tenants.record.objects import Found, Ids, knows, uuids


def _entries(slug: str, ids: Ids) -> Mapping[str, Found]:
    """By the question of the version; the page is the client's, or the firm's list."""
    is_firm = Organisation.objects.filter(slug=slug, kind=Organisation.Kind.FIRM).exists()
    rows = EntryVersion.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(f"“{row.question or row.key}”", _url(slug, row, is_firm)) for row in rows}


def _url(slug: str, row: EntryVersion, is_firm: bool) -> str:
    if is_firm:
        return reverse("firm-guidance", args=[slug])
    return "" if row.is_withdrawn and row.origin == OWN else reverse("guidance-entry", args=[slug, row.key])


def _pitfalls(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows, url = PitfallAcceptance.objects.filter(pk__in=uuids(ids)), reverse("quality", args=[slug])
    named = {row.pk: str(WORDS[row.code].title) if row.code in WORDS else row.code for row in rows}
    return {str(key): Found(f"“{name}”", url) for key, name in named.items()}


def connect() -> None:
    knows("guidance_entry", _entries)
    knows("pitfall", _pitfalls)
