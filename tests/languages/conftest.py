"""The world of the matrix, whose data is called by names that no page says by itself."""

from __future__ import annotations

from tests.isolation.conftest import stage

__all__ = ["stage"]
