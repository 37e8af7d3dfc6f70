"""What this step answers when an earlier one asks; connected when the app is ready."""

from __future__ import annotations

from engagement.companions.services.asking import on_request_ended
from engagement.companions.services.erasing import register as register_erasers
from engagement.insights.signals import request_ended


def connect() -> None:
    """Listen; doing it again changes nothing."""
    register_erasers()
    request_ended.connect(on_request_ended, dispatch_uid="companions.figures")
