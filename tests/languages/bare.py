"""What a page says that no catalogue can change: every lookup is put in brackets, and what stands outside is bare.

Data is no text of ours: what the database holds of the organisation, people's names, numbers and dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any, Final
from zoneinfo import available_timezones

import pytest
from django.db import connection, models
from django.utils import translation

from engagement.guidance.markdown import html_of
from engagement.guidance.texts import files
from engagement.look.locales import EN
from tests.isolation.canary import text_columns
from tests.isolation.seed import superuser

OPEN, CLOSE = "⟦", "⟧"
_SAID: Final = frozenset({"title", "aria-label", "placeholder", "alt", "aria-description", "data-confirm", "label"})
_WITHOUT_TEXT: Final = frozenset({"script", "style", "code", "pre", "template"})
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_ZONES: Final = frozenset(word for name in available_timezones() for word in re.findall(r"[^\W\d_]{2,}", name))
# What is called the same in every language, and what the numbers of a locale bring themselves.
NAMES: Final = frozenset(
    {"Rapport", "CSV", "PNG", "SVG", "JSON", "UTC", "GMT", "API", "English", "Deutsch", "Ctrl", "ETag", "HMAC", "TOTP"}
    | {*EN.months, *EN.months_short, *EN.weekdays, "min", "day", "days", "under", "of", "to", EN.unchanged}
    | {"http", "https", "testserver", "example", "webhook", "id", "signature", "timestamp"}
    | _ZONES
)  # fmt: skip


@contextmanager
def bracketed(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that goes through a catalogue comes back in brackets."""
    looked_up = translation._trans  # type: ignore[attr-defined]
    with patch.context() as within:
        for name in ("gettext", "ngettext", "pgettext", "npgettext"):
            within.setattr(looked_up, name, _in_brackets(getattr(looked_up, name)))
        yield


def _in_brackets(look_up: Any) -> Any:
    return lambda *arguments: f"{OPEN}{look_up(*arguments)}{CLOSE}"


class _Page(HTMLParser):
    """Gathers what a reader sees or hears, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _WITHOUT_TEXT:
            self.silent.append(tag)
        kind = dict(attrs).get("type")
        for name, value in attrs:
            if value and (name in _SAID or (name == "value" and tag == "input" and kind in {"submit", "button"})):
                self.pieces.append(value)

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.pieces.append(data.strip())


def pieces_of(html: str) -> list[str]:
    """Texts and spoken attributes; a sentence that mark-up interrupts is several pieces."""
    page = _Page()
    page.feed(html)
    return _joined(page.pieces)


def _joined(pieces: Iterable[str]) -> list[str]:
    """Pieces between an opening bracket and its end belong together."""
    joined: list[str] = []
    depth = 0
    for piece in pieces:
        if depth > 0:
            joined[-1] += " " + piece
        else:
            joined.append(piece)
        depth += piece.count(OPEN) - piece.count(CLOSE)
    return joined


def bare(piece: str, *, data: Iterable[str] = ()) -> str:
    """The words of a piece that stand outside all brackets, data and names apart; empty where all is well."""
    left = _outside(piece)
    for value in data:
        if value in left:
            left = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", " ", left)
    return " ".join(word for word in _WORD.findall(left) if word not in NAMES)


def _outside(piece: str) -> str:
    depth, kept = 0, []
    if piece.count(CLOSE) > piece.count(OPEN):
        piece = OPEN + piece  # a page cut the beginning of a text off
    for sign in piece:
        depth += (sign == OPEN) - (sign == CLOSE)
        kept.append(sign if depth == 0 and sign != CLOSE else " ")
    return "".join(kept)


def texts_of_guidance() -> list[str]:
    """What stands in a file of its own in each language, which tests/guidance hold whole: cards and answers."""
    cards, entries = files.cards("en").values(), files.entries("en").values()
    told = [section.text for card in cards for section in card.sections] + [entry.text for entry in entries]
    said = [text for card in cards for text in (card.name, card.short)] + [entry.question for entry in entries]
    return sorted({*said, *(piece for text in told for piece in pieces_of(str(html_of(text))))}, key=len, reverse=True)


def data_of() -> list[str]:
    """Every text that the database holds of anybody: the longest first."""
    found: set[str] = set()
    with superuser() as reading:
        for model, field in text_columns():
            if not isinstance(field, models.CharField | models.TextField):
                continue
            table, column = model._meta.db_table, field.column
            named = connection.ops.quote_name
            rows = reading.execute(f"SELECT DISTINCT {named(column)} FROM {named(table)} WHERE {named(column)} <> ''")  # type: ignore[arg-type]
            found.update(str(row[0]) for row in rows)
        found.update(str(row[0]) for row in reading.execute("SELECT name FROM tenants_user"))
        found.update(str(row[0]) for row in reading.execute("SELECT email FROM tenants_user"))
        found.update(str(row[0]) for row in reading.execute("SELECT name FROM tenants_organisation"))
    found |= {text.replace("_", " ") for text in found}  # as the record's page says keys
    return sorted((text for text in found if _WORD.search(text)), key=len, reverse=True)
