"""Writes of this step."""

from __future__ import annotations

from engagement.feedback.services.files import look_at_file, read_file, take_in_file
from engagement.feedback.services.items import add_item, add_items, correct_tone, remove_item
from engagement.feedback.services.market import add_figure, change_figure, remove_figure
from engagement.feedback.services.matching import ask_for_matching, match_themes
from engagement.feedback.services.themes import add_theme, archive_theme, change_theme, set_state

__all__ = [
    "add_figure",
    "add_item",
    "add_items",
    "add_theme",
    "archive_theme",
    "ask_for_matching",
    "change_figure",
    "change_theme",
    "correct_tone",
    "look_at_file",
    "match_themes",
    "read_file",
    "remove_figure",
    "remove_item",
    "set_state",
    "take_in_file",
]
