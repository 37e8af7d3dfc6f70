"""Writes of this step."""

from __future__ import annotations

from engagement.pooled.services.consent import agree, withdraw
from engagement.pooled.services.pooling import ask_due, run_pooling

__all__ = ["agree", "ask_due", "run_pooling", "withdraw"]
