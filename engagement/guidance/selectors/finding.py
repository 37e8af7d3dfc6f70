"""Cards and entries that fit a question, the best first."""

from __future__ import annotations

from engagement.guidance.measures import ATTRIBUTE_NAMES
from engagement.guidance.searching import Document, ranked
from engagement.guidance.selectors.entries import entries_of
from engagement.guidance.texts import files
from engagement.guidance.types import Card, Entry, Hit
from tenants.models import Organisation

MEASURE, ENTRY = "measure", "entry"


def found(*, organisation: Organisation, language: str, text: str) -> tuple[Hit, ...]:
    """Everything that fits, the best first; all of it, entries before cards, where nothing is asked."""
    cards = files.cards(language)
    entries = {entry.key: entry for entry in entries_of(organisation=organisation, language=language)}
    hits = {f"{ENTRY}:{key}": _entry_hit(entry) for key, entry in entries.items()}
    hits |= {f"{MEASURE}:{key}": _card_hit(card) for key, card in cards.items()}
    if not text.strip():
        return tuple(hits.values())
    documents = [_of_entry(entry) for entry in entries.values()] + [_of_card(card) for card in cards.values()]
    return tuple(hits[key] for key in ranked(documents, text))


def _entry_hit(entry: Entry) -> Hit:
    return Hit(kind=ENTRY, key=entry.key, title=entry.question, source=entry.source)


def _card_hit(card: Card) -> Hit:
    return Hit(kind=MEASURE, key=card.key, title=card.name, short=card.short)


def _of_entry(entry: Entry) -> Document:
    return Document(f"{ENTRY}:{entry.key}", entry.question, entry.keywords, entry.text)


def _of_card(card: Card) -> Document:
    text = " ".join(section.text for section in card.sections)
    heads = " ".join(str(name) for name in ATTRIBUTE_NAMES.values())
    return Document(f"{MEASURE}:{card.key}", card.name, card.keywords, f"{card.short} {heads} {text}")
