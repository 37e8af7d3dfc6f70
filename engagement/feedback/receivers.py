"""What this step answers when an earlier one asks; connected when the app is ready."""

from __future__ import annotations

from engagement.feedback.selectors.items import feedback_of
from engagement.feedback.services.erasing import register as register_erasers
from engagement.insights.selectors.customer_sections import register_section


def connect() -> None:
    """Answer from here on; doing it again changes nothing."""
    register_erasers()
    register_section("feedback", read=feedback_of)
