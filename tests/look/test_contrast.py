"""Every pair of colours that meets on a page keeps WCAG AA, in both themes; measured from the stylesheet itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CSS = (ROOT / "static" / "theme.css").read_text(encoding="utf-8")
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
    """Relative luminance as WCAG 2 defines it. Example: luminance("#ffffff") == 1.0."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
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


def test_every_pair_can_be_read() -> None:
    assert list(failures(CSS)) == []
    assert len(TEXT) + len(MARKS) > 53


def test_the_ratio_is_the_published_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#ffffff") == 1


def test_the_check_sees_a_colour_that_fades() -> None:
    paler = CSS.replace("--r-ink-3:       light-dark(#616772", "--r-ink-3:       light-dark(#8a909a")
    assert paler != CSS
    assert "ink-3 on paper, light: 3.10 of 4.5" in list(failures(paler))
    warmer = CSS.replace("--r-poor:           light-dark(#a8410d, #f49c6a)", "--r-poor: light-dark(#a8410d, #7a4d33)")
    assert any(line.startswith("poor on poor-zone, dark") for line in failures(warmer))


def test_every_colour_that_is_used_is_declared() -> None:
    declared = set(re.findall(r"--r-([\w-]+):", CSS))
    assert set(re.findall(r"var\(--r-([\w-]+)\)", CSS)) - declared == set()


def test_colours_are_declared_once_and_nowhere_else() -> None:
    beyond = CSS.split("/* 2 ──", 1)[1]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s)])", beyond.split("/* 8 ──")[0]) == []
