"""What a preview says of segments, bands, order and customers: exact, and silent about small groups."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

BandCounts = tuple[int, int, int]  # poor, good, excellent
BandMoves = tuple[BandCounts, BandCounts, BandCounts]  # [before][after]
WorkState = Literal["keep_first", "ask", "waiting", "running", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLevel:
    """A segment under one weight set; `score` and `points_per_customer` are None without members."""

    n: int
    score: Fraction | None
    points_per_customer: Fraction | None
    band: str  # "" under the number of customers from which bands show
    bands: BandCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPreview:
    """A segment now and under the draft.

    Under the organisation's minimum `now` or `draft` is None, and so are the moves; `moves` counts those who are
    members under both sets. `n_now` and `n_draft` differ only where points decide who belongs to it or is scored.
    """

    key: str
    name: str
    set_key: str | None
    set_name: str
    is_missing_data: bool
    n_now: int | None
    n_draft: int
    now: SegmentLevel | None
    draft: SegmentLevel | None
    moves: BandMoves | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A customer under both sets."""

    number: int
    external_id: str
    points_now: Fraction
    points_draft: Fraction
    score_now: Fraction
    score_draft: Fraction
    band_now: str
    band_draft: str


@dataclass(frozen=True, slots=True)
class OrderPreview:
    """Spearman's rank correlation of the `n` active customers' points; None where one side has a single place."""

    n: int
    correlation: Decimal | None
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why the numbers move: see `formula.reasons.Reason`. `action_name` is "" for a finding about all.

    `segment` and `segment_name` are of the segment whose own weights it is about, else "".
    """

    kind: str
    action: str
    action_name: str
    figures: dict[str, Fraction]
    segment: str = ""
    segment_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelOffer:
    """Full points under which the draft's total score is the present one, or as close as thousandths come.

    None with the `obstacle` where there are none. `proportional` is the simple rule: full points times the factor by
    which all points together grew.
    """

    full_points: Decimal | None
    score: Fraction
    is_exact: bool
    obstacle: str
    proportional: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChoice:
    """What the total score would be with these full points and the draft's weights; None where none may be shown.

    `source` is where they are taken from: "median", "p60", "p75", "mean", "now" (the set in force) or "draft".
    """

    source: str
    full_points: Decimal
    score: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A preview that is computed in the background: what for, how far, and what is asked of the reader.

    keep_first: what was typed has to be kept before it is computed · ask: nobody has asked for it yet · waiting ·
    running · failed, with `error`.
    """

    state: WorkState
    why: str
    chunks_done: int = 0
    chunks: int = 0
    error: str = ""
