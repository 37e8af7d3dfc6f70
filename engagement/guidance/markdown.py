"""Markdown that anybody may have typed becomes HTML that nobody needs to fear.

Two layers, each enough by itself: mark-up in the text is text (markdown-it, html off), and of what comes out only the
tags on the list are let through (nh3). No image is shown: one from elsewhere would tell its server who reads.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS: Final = frozenset({
    *("p", "br", "hr", "h3", "h4", "h5", "ul", "ol", "li", "em", "strong", "code", "pre", "blockquote", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
})  # fmt: skip
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES: Final = {"http", "https", "mailto"}
_LEVELS: Final = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h5", "h6": "h5"}
_KEPT: Final = 512

_READER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def marked_up(text: str) -> str:
    """The HTML of a text before it is cleaned; headings begin below those of the page."""
    tokens = _READER.parse(text)
    for token in tokens:
        _lower(token)
    return str(_READER.renderer.render(tokens, _READER.options, {}))


def _lower(token: Token) -> None:
    token.tag = _LEVELS.get(token.tag, token.tag)


def cleaned(html: str) -> str:
    """Only tags and addresses on the list; a link tells the page it leads to nothing about ours."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"table": {"class": "tbl"}},
    )


@lru_cache(maxsize=_KEPT)
def html_of(text: str) -> SafeString:
    """The text as HTML to put into a page."""
    return mark_safe(cleaned(marked_up(text)))  # noqa: S308  # nosec B308, B703  # cleaned in this very line
