"""What this step answers when an earlier one asks; connected when the app is ready."""

from __future__ import annotations

from typing import Any

from engagement.feedback.models import FeedbackItem
from engagement.feedback.selectors.items import feedback_of
from engagement.feedback.services.erasing import register as register_erasers
from engagement.ingest.signals import customers_kept
from engagement.insights.selectors.customer_sections import register_section


def on_customers_kept(sender: object, *, numbers: list[int], **_rest: Any) -> set[int]:
    """Whoever said something is known by that."""
    items = FeedbackItem.objects.filter(customer_number__in=numbers)
    return {number for number in items.values_list("customer_number", flat=True) if number is not None}


def connect() -> None:
    """Answer from here on; doing it again changes nothing."""
    register_erasers()
    register_section("feedback", read=feedback_of)
    customers_kept.connect(on_customers_kept, dispatch_uid="feedback.items")
