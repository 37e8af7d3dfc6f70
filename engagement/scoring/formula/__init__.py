"""The arithmetic of the score: integers in, exact integers out; no Django, no database, no clock.

The order of the work: `count_matrix` (events to counts) → `score_customers` (counts to points, scores,
bands) → `segment_sums` (customers to segments; sums of chunks are added) → the properties of `SegmentSums` →
`to_decimal`.
"""

from __future__ import annotations

from engagement.scoring.formula.changes import LevelChange, PartChange, PartLevel, mix_and_rate
from engagement.scoring.formula.counts import (
    IntArray,
    add_counts,
    count_matrix,
    decay_table,
    exact_sum,
    exact_sums,
)
from engagement.scoring.formula.distributions import normal_below, t_95
from engagement.scoring.formula.points import (
    ScoredCustomers,
    customer_bands,
    customer_points,
    customer_points_by_action,
    customer_scores,
    score_customers,
)
from engagement.scoring.formula.segments import SegmentSums, segment_band, segment_sums, to_decimal
from engagement.scoring.formula.suggestions import FullPointsMethod, quantile, suggest_full_points
from engagement.scoring.formula.targets import (
    Measured,
    Outlook,
    TargetState,
    outlook,
    pace_half_width_95,
    settled,
)
from engagement.scoring.formula.uncertainty import (
    BandChances,
    PairedSums,
    RunSums,
    band_chances,
    change_standard_error,
    half_width_95,
    interval_95,
    paired_sums,
    standard_error,
    sum_of_squares,
)
from engagement.scoring.formula.weights import (
    BAND_NAMES,
    DECAY_SCALE,
    EXCELLENT,
    FULL_SCORE_MILLIONTHS,
    GOOD,
    MAX_CAP,
    MAX_FULL_POINTS_THOUSANDTHS,
    MAX_HALF_LIFE_DAYS,
    MAX_UNITS,
    MAX_WEIGHT_THOUSANDTHS,
    MAX_WINDOW_DAYS,
    NO_CAP,
    POOR,
    SCORE_SCALE,
    WEIGHT_SCALE,
    Bands,
    Weights,
)

__all__ = [
    "BAND_NAMES",
    "DECAY_SCALE",
    "EXCELLENT",
    "FULL_SCORE_MILLIONTHS",
    "GOOD",
    "MAX_CAP",
    "MAX_FULL_POINTS_THOUSANDTHS",
    "MAX_HALF_LIFE_DAYS",
    "MAX_UNITS",
    "MAX_WEIGHT_THOUSANDTHS",
    "MAX_WINDOW_DAYS",
    "NO_CAP",
    "POOR",
    "SCORE_SCALE",
    "WEIGHT_SCALE",
    "BandChances",
    "Bands",
    "FullPointsMethod",
    "IntArray",
    "LevelChange",
    "Measured",
    "Outlook",
    "PairedSums",
    "PartChange",
    "PartLevel",
    "RunSums",
    "ScoredCustomers",
    "SegmentSums",
    "TargetState",
    "Weights",
    "add_counts",
    "band_chances",
    "change_standard_error",
    "count_matrix",
    "customer_bands",
    "customer_points",
    "customer_points_by_action",
    "customer_scores",
    "decay_table",
    "exact_sum",
    "exact_sums",
    "half_width_95",
    "interval_95",
    "mix_and_rate",
    "normal_below",
    "outlook",
    "pace_half_width_95",
    "paired_sums",
    "quantile",
    "score_customers",
    "segment_band",
    "segment_sums",
    "settled",
    "standard_error",
    "suggest_full_points",
    "sum_of_squares",
    "t_95",
    "to_decimal",
]
