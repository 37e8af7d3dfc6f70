"""The theme's colours and font as charts take them: from static/theme.css, so that nothing is typed twice.

A specification names a colour as the stylesheet does, `var(--r-ink)`. In a browser the stylesheet resolves it, so a
drawn chart follows light, dark and print by itself; where no stylesheet is at hand, `resolved` puts in the value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, Literal

from django.conf import settings

Scheme = Literal["light", "dark"]

_PAIR: Final = re.compile(r"--r-([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
_FONT: Final = re.compile(r"--r-sans:\s*([^;]+);")
_NAMED: Final = re.compile(r"var\(--r-([\w-]+)\)")


def colour(name: str) -> str:
    """How the stylesheet names one of the theme's colours: "ink" is "var(--r-ink)"."""
    return f"var(--r-{name})"


@cache
def _theme() -> str:
    return (settings.BASE_DIR / "static" / "theme.css").read_text(encoding="utf-8")


@cache
def colours(scheme: Scheme) -> Mapping[str, str]:
    """Every colour of the theme in one of its two schemes: {"ink": "#15181e", …}."""
    return {name: light if scheme == "light" else dark for name, light, dark in _PAIR.findall(_theme())}


@cache
def font() -> str:
    """The theme's list of fonts. Vega measures words itself and takes no variable for it."""
    found = _FONT.search(_theme())
    if found is None:
        raise LookupError("static/theme.css names no --r-sans")
    return found[1].replace('"', "'")


def resolved(text: str, *, scheme: Scheme) -> str:
    """A text with the values of the colours it names. KeyError for a colour that the theme has not."""
    values = colours(scheme)
    return _NAMED.sub(lambda named: values[named[1]], text)
