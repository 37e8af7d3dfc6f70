"""Reads of this step: what a client gives and agreed to, and what a firm reads."""

from __future__ import annotations

from engagement.pooled.selectors.consents import consent_in_force, consents, may_agree
from engagement.pooled.selectors.evidence import evidence, figures_for_client
from engagement.pooled.selectors.shares import shares

__all__ = ["consent_in_force", "consents", "evidence", "figures_for_client", "may_agree", "shares"]
