"""Reads of this step. What others use: `companion_figures`, `contradictions`, `current_setting`, `is_set_up`."""

from engagement.companions.selectors.contradictions import contradictions
from engagement.companions.selectors.figures import companion_figures, known_months
from engagement.companions.selectors.money import money_history, money_lines
from engagement.companions.selectors.settings import current_setting, is_set_up, proposed, setting_history

__all__ = [
    "companion_figures",
    "contradictions",
    "current_setting",
    "is_set_up",
    "known_months",
    "money_history",
    "money_lines",
    "proposed",
    "setting_history",
]
