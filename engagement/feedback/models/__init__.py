"""What customers said, what it speaks of, and what is known of the market. No workflow."""

from __future__ import annotations

from engagement.feedback.models.items import FeedbackFile, FeedbackItem, FeedbackRejection, Kind, Tone
from engagement.feedback.models.market import MarketFigure
from engagement.feedback.models.themes import PhraseOffer, Theme, ThemeVersion

__all__ = [
    "FeedbackFile",
    "FeedbackItem",
    "FeedbackRejection",
    "Kind",
    "MarketFigure",
    "PhraseOffer",
    "Theme",
    "ThemeVersion",
    "Tone",
]
