"""What a consultant writes: a little Markdown, read into parts that page and PDF print as text, never as mark-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

Node = dict[str, Any]

# Paragraphs, lists, subheadings, bold and italics. No HTML, links, images or code: what is typed of these stays text.
_READER = MarkdownIt("zero").enable(["list", "heading", "emphasis", "escape", "newline"])
_LISTS = {"bullet_list_open": "bullets", "ordered_list_open": "numbers"}


def nodes(text: str) -> list[Node]:
    """The text as paragraphs, subheadings and lists of runs: [{"kind": "text", "runs": [{"text": …, "bold": …}]}]."""
    found: list[Node] = []
    items: list[list[Node]] | None = None
    kind = "text"
    for token in _READER.parse(text.replace("\r\n", "\n").replace("\x00", "")):
        if token.type in _LISTS and items is None:
            items = []
            found.append({"kind": _LISTS[token.type], "items": items})
        elif token.type in {"bullet_list_close", "ordered_list_close"} and token.level == 0:
            items = None
        elif token.type == "heading_open":
            kind = "heading"
        elif token.type == "paragraph_open":
            kind = "text"
        elif token.type == "inline":
            said = _runs(token.children or ())
            if items is None:
                found.append({"kind": kind, "runs": said})
            else:
                items.append(said)
    return found


def _runs(tokens: Sequence[Token]) -> list[Node]:
    bold = italic = 0
    found: list[Node] = []
    for token in tokens:
        bold += {"strong_open": 1, "strong_close": -1}.get(token.type, 0)
        italic += {"em_open": 1, "em_close": -1}.get(token.type, 0)
        text = " " if token.type in {"softbreak", "hardbreak"} else token.content
        if text:
            found.append({"text": text, "bold": bold > 0, "italic": italic > 0})
    return found


def plain(text: str) -> str:
    """A title or a lead in one line, without marks."""
    return " ".join(text.replace("\x00", "").split())
