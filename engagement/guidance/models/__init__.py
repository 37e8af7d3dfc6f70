"""What this step keeps: entries that organisations write themselves, and what checks of the measuring came to."""

from engagement.guidance.models.entries import EntryVersion
from engagement.guidance.models.pitfalls import PitfallAcceptance, PitfallCheck

__all__ = ["EntryVersion", "PitfallAcceptance", "PitfallCheck"]
