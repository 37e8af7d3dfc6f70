"""Where `make browser` keeps its pictures and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SCREENSHOTS: Final = ROOT / "tests" / "screenshots"
FIGURES: Final = "RAPPORT_BROWSER_FIGURES"  # a folder in it, where every role's figures are written
