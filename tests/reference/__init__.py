"""Results for the grocery sample, computed independently of the product; the file states its conventions.

Numbers with a point are read as Decimal, so that what a test compares is what was written.
"""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def load_reference() -> dict[str, Any]:
    """Totals, segments and monthly trend under weights A and B, and the digests of the data they rest on."""
    return _load("reference.json.gz")


def load_reference_per_customer() -> dict[str, Any]:
    """Every customer by weights and window: `["per_customer"]["A"]["last90d"]["1"]` is a row of `columns`."""
    return _load("reference_per_customer.json.gz")


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress((_FOLDER / name).read_bytes()), parse_float=Decimal)
    return loaded
