"""Charts as Vega-Lite specifications: drawn by the browser on a page, without one in a file."""

from __future__ import annotations

from engagement.look.vega import fans as fans  # registers its specification
from engagement.look.vega.builders import specification
from engagement.look.vega.specification import Specification

__all__ = ["Specification", "specification"]
