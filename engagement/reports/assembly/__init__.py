"""From what was gathered to the blocks of a report. A new block is a line in LAYOUT and a function in MAKERS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext as _

from engagement.reports.assembly import basis, recorded, situation
from engagement.reports.record import Material
from engagement.reports.types import LEAD, TEXT, TITLE, Piece

# Section and kind, in the order in which a report is read. Each section begins with what the consultant writes.
LAYOUT: Final = (
    ("head", TITLE), ("head", LEAD),
    ("situation", TEXT), ("situation", "score"), ("situation", "trend"), ("situation", "segments"),
    ("changed", TEXT), ("changed", "why"), ("changed", "notes"),
    ("findings", TEXT), ("findings", "findings"),
    ("steps", TEXT), ("steps", "steps"),
    ("results", TEXT), ("results", "results"),
    ("open", TEXT), ("open", "open"),
    ("calculation", TEXT), ("calculation", "how"), ("calculation", "quality"),
)  # fmt: skip
MAKERS: Final[Mapping[str, Callable[[Material], Piece | None]]] = {
    "score": situation.score,
    "trend": situation.trend,
    "segments": situation.segments,
    "why": recorded.why,
    "notes": recorded.notes,
    "findings": recorded.findings,
    "steps": recorded.steps,
    "results": recorded.results,
    "open": recorded.still_open,
    "how": basis.how,
    "quality": basis.quality,
}


def section_names() -> dict[str, str]:
    """What the sections are called; the head has no name."""
    return {
        "head": "",
        "situation": _("Situation"),
        "changed": _("What changed and why"),
        "findings": _("Findings"),
        "steps": _("Steps"),
        "results": _("Results"),
        "open": _("Still open"),
        "calculation": _("How it is calculated"),
    }


def kind_names() -> dict[str, str]:
    """What the blocks are called where they are edited."""
    return {
        TITLE: _("Headline"),
        LEAD: _("Opening"),
        TEXT: _("Your words"),
        "score": _("Score, band and target"),
        "trend": _("Trend"),
        "segments": _("Segments"),
        "why": _("Why the score moved"),
        "notes": _("Notes on days"),
        "findings": _("Findings"),
        "steps": _("Steps"),
        "results": _("Results"),
        "open": _("What is still open"),
        "how": _("How it is calculated"),
        "quality": _("About the data"),
    }
