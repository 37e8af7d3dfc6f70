"""What this step answers when an earlier one asks; connected when the app is ready."""

from __future__ import annotations

from datetime import date
from typing import Any

from engagement.companions.models import SurveyAnswer
from engagement.companions.services.answers import forget_gone
from engagement.companions.services.asking import on_request_ended
from engagement.companions.services.erasing import register as register_erasers
from engagement.companions.services.imported import ANSWERS
from engagement.ingest.files import register_kind
from engagement.ingest.signals import customers_kept, days_replaced
from engagement.insights.signals import request_ended
from tenants.models import Organisation


def on_customers_kept(sender: object, *, numbers: list[int], **_rest: Any) -> set[int]:
    """Whoever answered a survey is known by that."""
    answers = SurveyAnswer.objects.filter(customer_number__in=numbers)
    return {number for number in answers.values_list("customer_number", flat=True) if number is not None}


def on_days_replaced(sender: object, *, organisation: Organisation, days: tuple[date, ...], **_rest: Any) -> None:
    """Events of these days went: so do the answers that were read from them. Their months are computed anew when
    figures are next asked for, at the latest after the scoring that the lost events ask for.
    """
    forget_gone(organisation=organisation, days=days)


def connect() -> None:
    """Listen; doing it again changes nothing."""
    register_erasers()
    register_kind(ANSWERS)
    request_ended.connect(on_request_ended, dispatch_uid="companions.figures")
    days_replaced.connect(on_days_replaced, dispatch_uid="companions.forget_gone")
    customers_kept.connect(on_customers_kept, dispatch_uid="companions.answers")
