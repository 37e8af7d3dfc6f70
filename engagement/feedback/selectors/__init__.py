"""Reads of this step. Reports and guidance ask `theme_counts`, `open_themes`, `market_figures` and `has_feedback`."""

from __future__ import annotations

from engagement.feedback.selectors.counts import has_feedback, theme_counts
from engagement.feedback.selectors.market import market_figures
from engagement.feedback.selectors.themes import open_themes

__all__ = ["has_feedback", "market_figures", "open_themes", "theme_counts"]
