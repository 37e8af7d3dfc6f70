"""Every pair of colours that meets on a page keeps WCAG AA, in both themes; measured from the stylesheet itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engagement.look.contrast import MARKS, TEXT, contrast, failures, figures

ROOT = Path(__file__).resolve().parent.parent.parent
CSS = (ROOT / "static" / "theme.css").read_text(encoding="utf-8")


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


def test_the_style_page_prints_these_figures() -> None:
    found = figures(CSS)
    assert len(found) == len(TEXT) + len(MARKS)
    assert min(float(ratio) for pair in found for ratio in (pair.light, pair.dark) if pair.least == "4.5") >= 4.5
    paler = figures(CSS.replace("--r-ink-3:       light-dark(#616772", "--r-ink-3:       light-dark(#8a909a"))
    assert next(pair.light for pair in paler if (pair.front, pair.back) == ("ink-3", "paper")) == "3.10"
