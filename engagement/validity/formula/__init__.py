"""Whether a low score comes before an outcome: ranks, groups, calibration, weights. No Django, no database.

Scores are whole millionths; statistics are floats, and estimates: whoever prints them rounds and says so.
"""

from __future__ import annotations

from engagement.validity.formula.calibrating import Calibration, calibrated, fit_logistic
from engagement.validity.formula.grouping import Group, grouped
from engagement.validity.formula.ranking import Estimate, Ranking, difference, ranking

__all__ = [
    "Calibration",
    "Estimate",
    "Group",
    "Ranking",
    "calibrated",
    "difference",
    "fit_logistic",
    "grouped",
    "ranking",
]
