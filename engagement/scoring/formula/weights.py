"""What a score is made with: weights, caps, full points and bands, within bounds declared here once.

The bounds are chosen so that every number below a sum fits a signed 64-bit integer; the sums themselves are
Python integers. What depends on the data (how often a customer acted) is checked where it is used, against
`MAX_UNITS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engagement.errors import InvalidInputError
from engagement.language import _
from engagement.scoring.numerals import whole

WEIGHT_SCALE = 1_000  # weights, points and full points are whole thousandths of a point
SCORE_SCALE = 1_000_000  # scores are whole millionths
FULL_SCORE_MILLIONTHS = 100 * SCORE_SCALE
DECAY_SCALE = 1_000_000  # with a half-life, counts are whole millionths of an occurrence

NO_CAP = 2**63 - 1
MAX_UNITS = 9 * 10**18  # the largest count or points of one customer, in the units they are held in
MAX_WEIGHT_THOUSANDTHS = 10**9  # a million points for one action
MAX_CAP = 10**12  # times DECAY_SCALE it stays below MAX_UNITS
MAX_FULL_POINTS_THOUSANDTHS = 5 * 10**11  # times DECAY_SCALE and one decimal digit it stays below 2^63
MAX_WINDOW_DAYS = 3_660  # ten years
MAX_HALF_LIFE_DAYS = 3_660

POOR, GOOD, EXCELLENT = 0, 1, 2
BAND_NAMES = ("poor", "good", "excellent")  # by code; an organisation may print other words
_MAX_THRESHOLD_THOUSANDTHS = 100_000


@dataclass(frozen=True, eq=False, slots=True)
class Weights:
    """Checked numbers of one weight set, one entry per action, in the order of the columns of the counts.

    `weight_thousandths` (n_actions,) thousandths of a point, may be negative or 0, at least one positive ·
    `caps` (n_actions,) occurrences that count at most, ≥ 1, or `NO_CAP` · `full_points_thousandths` > 0 ·
    `window_days` 1…3,660 · `half_life_days` None (no decay) or 1…3,660.
    Anything else raises InvalidInputError whose `fields` name the part.
    """

    weight_thousandths: NDArray[np.int64]
    caps: NDArray[np.int64]
    full_points_thousandths: int
    window_days: int
    half_life_days: int | None = None

    def __post_init__(self) -> None:
        weights = _frozen_int64(self.weight_thousandths, field="weights")
        caps = _frozen_int64(self.caps, field="caps")
        problems = _weight_problems(weights) | _cap_problems(caps, n_actions=len(weights))
        problems |= _range_problem("full_points", self.full_points_thousandths, MAX_FULL_POINTS_THOUSANDTHS)
        problems |= _range_problem("window_days", self.window_days, MAX_WINDOW_DAYS)
        if self.half_life_days is not None:
            problems |= _range_problem("half_life_days", self.half_life_days, MAX_HALF_LIFE_DAYS)
        if problems:
            raise InvalidInputError(_("These weights cannot be used."), fields=problems)
        object.__setattr__(self, "weight_thousandths", weights)
        object.__setattr__(self, "caps", caps)

    @property
    def n_actions(self) -> int:
        return len(self.weight_thousandths)

    @property
    def scale(self) -> int:
        """Units of one occurrence: 1, or `DECAY_SCALE` with a half-life."""
        return 1 if self.half_life_days is None else DECAY_SCALE

    @property
    def full_points_units(self) -> int:
        """Full points in the unit that `customer_points` gives (thousandths × scale)."""
        return self.full_points_thousandths * self.scale

    @property
    def cap_units(self) -> NDArray[np.int64]:
        """Caps in the unit of the counts; `NO_CAP` stays `NO_CAP`."""
        limited = np.where(self.caps == NO_CAP, 0, self.caps) * self.scale
        return np.where(self.caps == NO_CAP, NO_CAP, limited)


@dataclass(frozen=True, slots=True)
class Bands:
    """Thresholds in thousandths of a score: Good from `good` on, Excellent strictly above `excellent`."""

    good_thousandths: int = 70_000
    excellent_thousandths: int = 80_000

    def __post_init__(self) -> None:
        problems: dict[str, Sequence[str]] = {}
        for field, value in (("good", self.good_thousandths), ("excellent", self.excellent_thousandths)):
            if not _is_int(value) or not 0 <= value <= _MAX_THRESHOLD_THOUSANDTHS:
                problems[field] = [_("Give a score between 0 and 100 with at most three decimals.")]
        if not problems and self.good_thousandths > self.excellent_thousandths:
            problems["excellent"] = [_("Excellent must not begin below Good.")]
        if problems:
            raise InvalidInputError(_("These bands cannot be used."), fields=problems)


def _frozen_int64(values: NDArray[np.int64], *, field: str) -> NDArray[np.int64]:
    """A read-only int64 copy; floats and booleans are refused, for they would be cut off silently."""
    given = np.asarray(values)
    if given.ndim != 1 or given.dtype.kind not in "iu" or bool(np.any(given > NO_CAP)):
        text = _("Give one whole number per action.")
        raise InvalidInputError(_("These weights cannot be used."), fields={field: [text]})
    copy = given.astype(np.int64)
    copy.flags.writeable = False
    return copy


def _weight_problems(weights: NDArray[np.int64]) -> dict[str, Sequence[str]]:
    if bool(np.any((weights > MAX_WEIGHT_THOUSANDTHS) | (weights < -MAX_WEIGHT_THOUSANDTHS))):
        return {"weights": [_("A weight lies between −1,000,000 and 1,000,000 points.")]}
    if not bool(np.any(weights > 0)):
        return {"weights": [_("Give at least one action a weight above 0: else every customer scores 0.")]}
    return {}


def _cap_problems(caps: NDArray[np.int64], *, n_actions: int) -> dict[str, Sequence[str]]:
    if len(caps) != n_actions:
        text = _("Give one cap per action: {wanted}, not {given}.").format(wanted=n_actions, given=len(caps))
        return {"caps": [text]}
    if bool(np.any((caps != NO_CAP) & ((caps < 1) | (caps > MAX_CAP)))):
        text = _("A cap is at least 1 and at most {most}. Leave it empty for no cap.").format(most=whole(MAX_CAP))
        return {"caps": [text]}
    return {}


def _range_problem(field: str, value: object, largest: int) -> dict[str, Sequence[str]]:
    if isinstance(value, int) and _is_int(value) and 1 <= value <= largest:
        return {}
    if field == "full_points":
        text = _("Full points are above 0 and at most {most}, with at most three decimals.")
        return {field: [text.format(most=whole(largest // WEIGHT_SCALE))]}
    return {field: [_("Give a whole number of days between 1 and {most}.").format(most=whole(largest))]}


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
