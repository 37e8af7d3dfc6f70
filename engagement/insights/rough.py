"""What the editor's page carries so that a browser can answer at once while a slider moves: approximate, and so named.

The exact answer follows from the server. Whole numbers and decimals leave here; only the browser reckons in floats.
"""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

from engagement.insights.selectors.preview import WholePreview
from engagement.scoring.formula import to_decimal
from engagement.scoring.selectors.previews import draft_spread
from engagement.scoring.types import WeightSetView
from tenants.models import Organisation


def rough_data(*, organisation: Organisation, as_of: date, shown: WeightSetView, preview: WholePreview | None) -> str:
    """JSON: the exact figures of what the page shows, and a few customers' counts from which to reckon on.

    "" where there is no exact figure to begin with, or where other numbers need other counts than the run in force has.
    """
    exact = preview.draft.draft if preview else None
    if preview is None or exact is None or exact.score is None or exact.points_per_customer is None:
        return ""
    spread = draft_spread(organisation=organisation, as_of=as_of)
    if spread is None:
        return ""
    parts = {part.key: part.points_per_customer for part in preview.draft.parts}
    said = {
        "n": exact.n,
        "spread": {"n": spread.n, "rest": spread.n_rest, "scale": spread.scale},
        "score": _text(exact.score),
        "points": _text(exact.points_per_customer),
        "bands": {"poor": exact.poor, "good": exact.good, "excellent": exact.excellent},
        "from": [organisation.band_good_thousandths, organisation.band_excellent_thousandths],
        "full_points": str(shown.full_points),
        "window_days": shown.window_days,
        "half_life_days": shown.half_life_days,
        "actions": {
            line.key: {
                "weight": str(line.weight),
                "cap": line.cap,
                "part": _text(parts.get(line.key) or Fraction(0)),
                "counts": spread.counts[line.key],
            }
            for line in shown.weights
            if line.key in spread.counts
        },
    }
    return json.dumps(said, separators=(",", ":"))


def _text(value: Fraction) -> str:
    return str(to_decimal(value=value, places=6))
