"""Pitfalls of measuring, as checks: what is known goes in, what it shows comes out. No Django, no database."""

from __future__ import annotations

from engagement.guidance.pitfalls.checks import CHECKS, look
from engagement.guidance.pitfalls.grading import Grade, grade_of
from engagement.guidance.pitfalls.types import (
    ActionSeen,
    Known,
    Machines,
    MovedApart,
    Outcome,
    SegmentSeen,
    Severity,
    Trip,
)

__all__ = [
    "CHECKS",
    "ActionSeen",
    "Grade",
    "Known",
    "Machines",
    "MovedApart",
    "Outcome",
    "SegmentSeen",
    "Severity",
    "Trip",
    "grade_of",
    "look",
]
