"""What a weight set may say: every number checked on its own, each refusal with the name of its field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.scoring.formula import MAX_HALF_LIFE_DAYS, NO_CAP, WEIGHT_SCALE, Weights
from engagement.scoring.models import OverrideWeight, Weight
from engagement.scoring.numerals import whole
from engagement.scoring.types import FULL_POINTS_SOURCES, DraftChange, OverrideChange, WeightChange

# Narrower than the formula's, and the same as the constraints of the tables.
MAX_WEIGHT: Final = 1_000
MAX_FULL_POINTS: Final = 900_000
MAX_CAP: Final = 1_000_000_000
MAX_WINDOW_DAYS: Final = 1_100
MAX_NOTE: Final = 2_000

_Problems = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class CheckedDraft:
    """A change whose every number fits: thousandths, and caps in occurrences."""

    weights: dict[str, tuple[int, int | None]]
    window_days: int
    half_life_days: int | None
    full_points_thousandths: int | None
    full_points_from: str
    note: str


def checked_draft(change: DraftChange) -> CheckedDraft:
    """The change as it is stored; raises InvalidInputError with all that is wrong, by field."""
    problems: _Problems = {}
    weights = {key: _weight(key, weight, problems) for key, weight in change.weights.items()}
    _days("window_days", change.window_days, MAX_WINDOW_DAYS, problems)
    if change.half_life_days is not None:
        _days("half_life_days", change.half_life_days, MAX_HALF_LIFE_DAYS, problems)
    full_points = _full_points(change, problems)
    if len(change.note) > MAX_NOTE:
        problems["note"] = [_("Use at most {most} characters.").format(most=whole(MAX_NOTE))]
    if problems:
        raise InvalidInputError(_("These weights cannot be used."), fields=problems)
    return CheckedDraft(
        weights=weights,
        window_days=change.window_days,
        half_life_days=change.half_life_days,
        full_points_thousandths=full_points,
        full_points_from=change.full_points_from,
        note=change.note.strip(),
    )


@dataclass(frozen=True, slots=True)
class CheckedOverride:
    """Own weights of a segment whose every number fits: thousandths, and caps in occurrences."""

    weights: dict[str, tuple[int, int | None]]
    full_points_thousandths: int


def checked_override(change: OverrideChange) -> CheckedOverride:
    """The same for own weights of a segment."""
    problems: _Problems = {}
    weights = {key: _weight(key, weight, problems) for key, weight in change.weights.items()}
    full_points = _own_number(change.full_points, problems)
    if problems:
        raise InvalidInputError(_("These weights cannot be used."), fields=problems)
    return CheckedOverride(weights=weights, full_points_thousandths=full_points or 0)


def check_whole(
    weights: Iterable[Weight | OverrideWeight],
    *,
    window_days: int,
    half_life_days: int | None,
    full_points_thousandths: int | None,
) -> None:
    """Raise InvalidInputError unless the formula takes these numbers together: at least one weight above 0, say."""
    rows = list(weights)
    Weights(
        weight_thousandths=np.array([row.weight_thousandths for row in rows], dtype=np.int64),
        caps=np.array([row.cap or NO_CAP for row in rows], dtype=np.int64),
        full_points_thousandths=full_points_thousandths or 1,
        window_days=window_days,
        half_life_days=half_life_days,
    )


def thousandths(value: Decimal) -> int | None:
    """The value in whole thousandths; None where it has more decimals or is no number."""
    if not value.is_finite() or abs(value.adjusted()) > 12:  # noqa: PLR2004  far beyond every bound here
        return 0 if value == 0 else None
    scaled = value * WEIGHT_SCALE
    return int(scaled) if scaled == scaled.to_integral_value() else None


def _weight(key: str, change: WeightChange, problems: _Problems) -> tuple[int, int | None]:
    found = thousandths(change.weight)
    if found is None or abs(found) > MAX_WEIGHT * WEIGHT_SCALE:
        text = _("Give a number between −{most} and {most} with at most three decimals.").format(most=whole(MAX_WEIGHT))
        problems[f"weights.{key}.weight"] = [text]
    if change.cap is not None and not 1 <= change.cap <= MAX_CAP:
        text = _("Give a whole number from 1 to {most}, or leave it empty for no cap.").format(most=whole(MAX_CAP))
        problems[f"weights.{key}.cap"] = [text]
    return found or 0, change.cap


def _days(name: str, days: int, most: int, problems: _Problems) -> None:
    if not 1 <= days <= most:
        problems[name] = [_("Give a whole number of days between 1 and {most}.").format(most=whole(most))]


def _full_points(change: DraftChange, problems: _Problems) -> int | None:
    if change.full_points_from not in FULL_POINTS_SOURCES:
        text = _("Choose one of: {choices}.").format(choices=", ".join(FULL_POINTS_SOURCES))
        problems["full_points_from"] = [text]
    return _own_number(change.full_points, problems) if change.full_points_from == "own" else None


def _own_number(value: Decimal | None, problems: _Problems) -> int | None:
    found = None if value is None else thousandths(value)
    if found is None or not 1 <= found <= MAX_FULL_POINTS * WEIGHT_SCALE:
        text = _("Full points are above 0 and at most {most}, with at most three decimals.")
        problems["full_points"] = [text.format(most=whole(MAX_FULL_POINTS))]
    return found
