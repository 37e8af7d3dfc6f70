"""What is stored in English is said in the reader's language, with its number in its place."""

from __future__ import annotations

import pytest

from engagement.insights import stored

_GERMAN = {
    "Something newer is sent instead.": "Stattdessen wird etwas Neueres gesendet.",
    "fewer than {n} customers": "weniger als {n} Kunden",
}


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("", ""),
        ("Something newer is sent instead.", "Stattdessen wird etwas Neueres gesendet."),
        ("fewer than 30 customers", "weniger als 30 Kunden"),
        ("fewer than 1,200 customers", "weniger als 1,200 Kunden"),
        ("from 30 to 60", "from 30 to 60"),
        ("fewer than 30 {n} customers", "fewer than 30 {n} customers"),
        ("no route to host", "no route to host"),
    ],
)
def test_stored_texts_are_looked_up(monkeypatch: pytest.MonkeyPatch, kept: str, said: str) -> None:
    monkeypatch.setattr(stored, "_", lambda text: _GERMAN.get(text, text))
    assert stored.said(kept) == said
