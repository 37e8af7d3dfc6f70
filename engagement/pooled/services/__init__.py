"""Writes of this step."""

from __future__ import annotations

from engagement.pooled.services.consent import agree, withdraw
from engagement.pooled.services.pooling import ask_quarters, run_pooling

__all__ = ["agree", "ask_quarters", "run_pooling", "withdraw"]
