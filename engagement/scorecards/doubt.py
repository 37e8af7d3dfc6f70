"""How sure a score and its band are, from the figures of one segment; nothing is calculated that they do not hold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from engagement.insights.types import Figures
from engagement.scoring.formula import BAND_NAMES, interval_95


@dataclass(frozen=True, slots=True)
class BandDoubt:
    """The chance, 0…1 and approximate, that the band is another one, and which one most likely."""

    chance: Decimal
    band: str
    chance_of_it: Decimal


def band_doubt(*, figures: Figures) -> BandDoubt | None:
    """How sure the band is; None where there is none, or where missing data is not ranked."""
    if figures.band is None or figures.band_chances is None or figures.is_missing_data:
        return None
    own = BAND_NAMES.index(figures.band)
    other = figures.band_chances.likeliest_other(own)
    chances = figures.band_chances
    return BandDoubt(chance=chances.other_than(own), band=BAND_NAMES[other], chance_of_it=chances.of(other))


def score_interval(*, figures: Figures) -> tuple[Fraction, Fraction] | None:
    """Both ends of a score's 95 % interval, on the scale 0…100; None where there is no number or no spread."""
    if figures.score is None or figures.half_width_95 is None:
        return None
    return interval_95(score=figures.score, half_width=figures.half_width_95)
