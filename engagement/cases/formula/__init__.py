"""Pure arithmetic of this step: what a step and a test came to, and how sure that is. No Django, no database."""

from __future__ import annotations

from engagement.cases.formula.matched import MatchedSums, Strata, matched_difference, strata_of, stratum_sums
from engagement.cases.formula.paired import ArmSums, Estimate, arm_sums, difference_in_differences
from engagement.cases.formula.testing import (
    ArmShare,
    ArmValues,
    RatioCheck,
    arm_values,
    customers_needed,
    difference_detectable,
    difference_of_means,
    difference_of_shares,
    sample_ratio,
)
from engagement.cases.formula.trends import MIN_PERIODS, Parallel, PreTrend, SlopeSums, pre_trend, slope_sums

__all__ = [
    "MIN_PERIODS",
    "ArmShare",
    "ArmSums",
    "ArmValues",
    "Estimate",
    "MatchedSums",
    "Parallel",
    "PreTrend",
    "RatioCheck",
    "SlopeSums",
    "Strata",
    "arm_sums",
    "arm_values",
    "customers_needed",
    "difference_detectable",
    "difference_in_differences",
    "difference_of_means",
    "difference_of_shares",
    "matched_difference",
    "pre_trend",
    "sample_ratio",
    "slope_sums",
    "strata_of",
    "stratum_sums",
]
