"""Which weights scored whom: what the pages and the API know about a run's own weights for segments."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWeights:
    """Own weights of a segment, as a run used them; weights and caps in the order of the run's actions."""

    segment_key: str
    segment_name: str
    full_points: Decimal
    weights: tuple[Decimal, ...]
    caps: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPart:
    """The members of a segment whom one set of weights scored. The parts of a segment add up to it exactly.

    `own` is None for the numbers of the weight set itself. Under the organisation's minimum the numbers are None, the
    sums are given whatever n is.
    """

    weight_set_number: int
    own: OwnWeights | None
    n: int
    n_active: int
    total_points: Fraction
    total_score: Fraction  # Σ of these members' scores
    band_counts: tuple[int, int, int]  # poor, good, excellent
    score: Fraction | None
    points_per_customer: Fraction | None
