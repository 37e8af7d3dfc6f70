"""Bands: the two thresholds, and the names that an organisation may have changed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engagement.language import _, noop
from engagement.look.exact import Number, exact

POOR, GOOD, EXCELLENT = "poor", "good", "excellent"
CODES = (POOR, GOOD, EXCELLENT)
_USUAL = (noop("Poor"), noop("Good"), noop("Excellent"))


@dataclass(frozen=True, slots=True)
class Bands:
    """Poor below `good`, Good from `good` to `excellent` inclusive, Excellent above; thresholds are scores 0–100."""

    good: Decimal = Decimal(70)
    excellent: Decimal = Decimal(80)
    names: tuple[str, str, str] = _USUAL

    def code(self, score: Number) -> str:
        """The band of an exact score. Example: Bands().code(Decimal("80.0001")) == "excellent"."""
        value = exact(score)
        if value > exact(self.excellent):
            return EXCELLENT
        return GOOD if value >= exact(self.good) else POOR

    @property
    def said(self) -> tuple[str, str, str]:
        """The names as a page says them, the lowest band first: usual ones in its language, an own one as it is."""
        poor, good, excellent = (
            _(name) if name == usual else name for name, usual in zip(self.names, _USUAL, strict=True)
        )
        return poor, good, excellent

    def name(self, code: str) -> str:
        """What the organisation calls a band; raises ValueError for a code that is none."""
        return self.said[CODES.index(code)]


DEFAULT_BANDS = Bands()
