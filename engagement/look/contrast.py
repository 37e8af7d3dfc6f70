"""Which colours meet on a page, and how far they are apart: WCAG 2 contrast, measured from the stylesheet itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINEAR_UP_TO = 0.04045  # of sRGB: darker parts are a straight line
THEMES = ("light", "dark")
TOKEN = re.compile(r"--r-([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")

GROUNDS = ("paper", "surface", "sunken")
BANDS = ("excellent", "good", "poor")
HEAT = ("q0", "q1", "q2", "q3", "q4")
TEXT = [
    *((text, ground) for text in ("ink", "ink-2", "ink-3", "missing", "error", "accent", *BANDS) for ground in GROUNDS),
    *((band, f"{band}-zone") for band in BANDS),
    *((text, f"{band}-zone") for text in ("ink", "ink-3") for band in BANDS),
    *(("ink", heat) for heat in HEAT),
    *((text, "accent-soft") for text in ("ink", "ink-2", "ink-3", "accent")),
    *(("paper", ground) for ground in ("ink", "ink-2", "error")),
    ("on-accent", "accent"),
]
MARKS = [
    *(("line-strong", ground) for ground in GROUNDS),
    *(("bar", ground) for ground in GROUNDS),
    *((mark, ground) for mark in ("accent", "check") for ground in ("paper", "surface")),
    *((band, "paper") for band in BANDS),
    *((band, f"{other}-zone") for band in BANDS for other in BANDS),
    *(("ink", f"{band}-zone") for band in BANDS),
]


def tokens(css: str) -> dict[str, tuple[str, str]]:
    """Each colour's light and dark value."""
    return {name: (light, dark) for name, light, dark in TOKEN.findall(css)}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it, 0 to 1: that of "#ffffff" is 1."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= _LINEAR_UP_TO else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def failures(css: str) -> Iterator[str]:
    """The pairs that are too close, with their ratio."""
    colours = tokens(css)
    for pairs, least in ((TEXT, 4.5), (MARKS, 3.0)):
        for front, back in pairs:
            for index, theme in enumerate(THEMES):
                ratio = contrast(colours[front][index], colours[back][index])
                if ratio < least:
                    yield f"{front} on {back}, {theme}: {ratio:.2f} of {least}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two colours that meet, their ratio in each theme as it is printed, and the least it may be."""

    front: str
    back: str
    light: str
    dark: str
    least: str


def figures(css: str) -> tuple[Pair, ...]:
    """Every pair with its ratios, cut off after two decimals: what is too close never prints as enough."""
    colours = tokens(css)
    return tuple(
        Pair(front, back, *_printed(colours[front], colours[back]), str(least))
        for pairs, least in ((TEXT, 4.5), (MARKS, 3.0))
        for front, back in pairs
    )


def _printed(front: tuple[str, str], back: tuple[str, str]) -> tuple[str, str]:
    light, dark = (f"{int(contrast(one, other) * 100) / 100:.2f}" for one, other in zip(front, back, strict=True))
    return light, dark
