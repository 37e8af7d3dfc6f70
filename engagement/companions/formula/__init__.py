"""Pure arithmetic of what stands beside the score: no Django, no database."""

from __future__ import annotations

from engagement.companions.formula.estimates import (
    Estimate,
    Sums,
    customer_value,
    estimate,
    probability_of_no_change,
    wilson_95,
)
from engagement.companions.formula.grid import Grid, MonthRows, Roles
from engagement.companions.formula.money import margin_of, profit_of, return_of
from engagement.companions.formula.sums import Answers, answer_sums, customer_sums, lifetime_sums

__all__ = [
    "Answers",
    "Estimate",
    "Grid",
    "MonthRows",
    "Roles",
    "Sums",
    "answer_sums",
    "customer_sums",
    "customer_value",
    "estimate",
    "lifetime_sums",
    "margin_of",
    "probability_of_no_change",
    "profit_of",
    "return_of",
    "wilson_95",
]
