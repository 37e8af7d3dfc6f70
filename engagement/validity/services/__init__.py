"""Writes of this step: the outcome, checks, and the draft that a check suggests."""

from __future__ import annotations
