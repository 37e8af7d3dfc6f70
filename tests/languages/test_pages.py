"""No page says a word that a catalogue could not change."""

from __future__ import annotations

import pytest

from engagement.connections.vendors import CONNECTORS
from engagement.ingest.snippets import families
from engagement.scoring.machines.rules import KNOWN_BOTS
from tests.isolation.matrix import visits
from tests.isolation.stage import Stage
from tests.languages.bare import bare, bracketed, data_of, pieces_of, texts_of_guidance

# What the sample, the templates and the notes of this world call things.
DATA = (
    *("Low", "Fair", "High", "Poor", "Good", "Excellent", "Age", "Older", "Young", "Unknown"),
    *("As agreed in March", "Social interaction", "Purchase", "Call", "name", "own4c6b", "other", "XLSX", "SHA-256"),
    # Frozen in the organisation's language, and kept in that of whoever sent the file.
    *("Engagement review · February 2026", "Version 1 · 2 Mar 2026, 09:00 ·", "No customer has this id."),
    # Names of makers and of programs, and a message as it was sent.
    *(connector.title for connector in CONNECTORS.values()),
    *KNOWN_BOTS,
    *(word for one in families(address="") for word in (one.name, *(snippet.language for snippet in one.snippets))),
    *('"type": "track"', '"userId":', "Own4c6b"),
)


def test_what_stands_outside_the_brackets_is_seen() -> None:
    """The control: a sentence half of which goes through no catalogue."""
    html = '<p>⟦The last of <b>Ann</b>⟧ was late</p><button title="Go">⟦Go⟧</button><code>plain</code>'
    assert [left for piece in pieces_of(html) if (left := bare(piece, data=["Ann"]))] == ["was late", "Go"]


def test_every_page_can_be_said_otherwise(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    data = [*texts_of_guidance(), *data_of(), *DATA]
    said: dict[str, str] = {}
    with bracketed(monkeypatch):
        for route, response in visits(stage):
            if route.is_api or not response.get("Content-Type", "").startswith("text/html"):
                continue
            for piece in pieces_of(response.content.decode()):
                if left := bare(piece, data=data):
                    said.setdefault(left, f"{route.name}: {piece[:160]}")
    assert sorted(said.values()) == []
