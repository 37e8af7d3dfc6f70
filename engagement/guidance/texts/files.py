"""Where our texts lie, and what is in them: read once a process, because a release changes them and nobody else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import get_language

from engagement.guidance.measures import ATTRIBUTES, MEASURES
from engagement.guidance.texts.reading import Page, page_of, sections_of
from engagement.guidance.types import LAST, OURS, Card, Entry, Section

LANGUAGES: Final = ("en", "de")


def language_read() -> str:
    """The language of the texts for whoever reads: theirs, or English where we have none."""
    code = (get_language() or LANGUAGES[0]).partition("-")[0]
    return code if code in LANGUAGES else LANGUAGES[0]


def folder(kind: str, language: str) -> Path:
    """Where the texts of a kind lie: "measures" or "faq"."""
    return Path(settings.BASE_DIR) / "templates" / "guidance" / kind / language


@cache
def cards(language: str) -> dict[str, Card]:
    """The card of each measure by its key, in the order of the measures."""
    return {measure.key: _card(measure.key, language) for measure in MEASURES}


@cache
def entries(language: str) -> dict[str, Entry]:
    """Our questions with their answers by key, in the order in which they are listed."""
    found = [_entry(path, language) for path in sorted(folder("faq", language).glob("*.md"))]
    return {entry.key: entry for entry in sorted(found, key=lambda entry: (entry.order, entry.key))}


def _card(key: str, language: str) -> Card:
    page = _page(folder("measures", language) / f"{key}.md")
    sections = sections_of(page.body)
    return Card(
        key=key,
        name=page.facts["name"],
        short=page.facts["short"],
        keywords=page.facts.get("keywords", ""),
        sections=tuple(Section(key=attribute, text=sections[attribute]) for attribute in ATTRIBUTES),
    )


def _entry(path: Path, language: str) -> Entry:
    page = _page(path)
    return Entry(
        key=path.stem,
        language=language,
        question=page.facts["question"],
        text=page.body,
        keywords=page.facts.get("keywords", ""),
        explains=page.listed("explains"),
        evidence=page.listed("evidence"),
        order=int(page.facts.get("order", LAST)),
        source=OURS,
    )


def _page(path: Path) -> Page:
    return page_of(path.read_text(encoding="utf-8"))
