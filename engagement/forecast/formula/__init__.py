"""What it would take to reach a target: exact, with the arithmetic that scores customers. No Django."""

from __future__ import annotations

from engagement.forecast.formula.path import Lever, Path, Precedent, Together, path_to
from engagement.forecast.formula.reach import Crowd, Scorers, crowd_of
from engagement.forecast.formula.rises import Rises, rises_of

__all__ = [
    "Crowd",
    "Lever",
    "Path",
    "Precedent",
    "Rises",
    "Scorers",
    "Together",
    "crowd_of",
    "path_to",
    "rises_of",
]
