"""Reads of this step; what reviews and guidance ask for by name."""

from __future__ import annotations

from engagement.validity.selectors.checks import (
    checks,
    expired_validity,
    latest_check,
    latest_validity,
    one_check,
)
from engagement.validity.selectors.outcomes import outcome_in_force, usual_action_keys

__all__ = [
    "checks",
    "expired_validity",
    "latest_check",
    "latest_validity",
    "one_check",
    "outcome_in_force",
    "usual_action_keys",
]
