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
from engagement.scoring.formula.ledger import (
    BEFORE,
    CAUSES,
    Ledger,
    Measure,
    State,
    StateSums,
    Term,
    chained,
    ledger_of,
)
from engagement.scoring.formula.points import (
    ScoredCustomers,
    customer_bands,
    customer_points,
    customer_points_by_action,
    customer_scores,
    score_customers,
)
from engagement.scoring.formula.segments import SegmentSums, all_segment_sums, segment_band, segment_sums, to_decimal
from engagement.scoring.formula.suggestions import FullPointsMethod, quantile, suggest_full_points
from engagement.scoring.formula.sums import sums_over_masks
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
    "BEFORE",
    "CAUSES",
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
    "Bands",
    "FullPointsMethod",
    "IntArray",
    "Ledger",
    "LevelChange",
    "Measure",
    "PartChange",
    "PartLevel",
    "ScoredCustomers",
    "SegmentSums",
    "State",
    "StateSums",
    "Term",
    "Weights",
    "add_counts",
    "all_segment_sums",
    "chained",
    "count_matrix",
    "customer_bands",
    "customer_points",
    "customer_points_by_action",
    "customer_scores",
    "decay_table",
    "exact_sum",
    "exact_sums",
    "ledger_of",
    "mix_and_rate",
    "quantile",
    "score_customers",
    "segment_band",
    "segment_sums",
    "suggest_full_points",
    "sums_over_masks",
    "to_decimal",
]
