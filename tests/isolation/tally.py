"""What a module of the matrix came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# `make isolation` names a folder in it, where every module writes its figures.
FIGURES = "RAPPORT_ISOLATION_FIGURES"


@dataclass(slots=True)
class Tally:
    """Figures by name: cells, leaks, transactions and the like."""

    seconds: float = 0
    counts: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        return {"seconds": self.seconds, **self.counts}
