"""The sentence a page opens with, and the one that would change the reader's mind."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from engagement.insights.calendars import By
from engagement.insights.terms import Terms, places_of
from engagement.insights.types import Figures, SegmentGroup, SegmentRow, TargetFigures
from engagement.look.bands import CODES, POOR
from engagement.look.charts.bars import BandShare
from engagement.look.dates import day_text
from engagement.look.exact import rounded
from engagement.look.numbers import (
    SMALLEST_CHANGE,
    count_text,
    decimal_text,
    delta_text,
    score_text,
    share_text,
    short_text,
)

LONGEST = 75
_LONGEST_NAME = 24
# From this share on, customers without the trait are what one should know first about a set of segments.
_MUCH_MISSING = Fraction(1, 2)


def is_unchanged(change: Fraction | None, half_width_95: Decimal | None = None) -> bool:
    """Inside its 95 % interval, or under 0.05, which a headline would print as 0.0, a change reads "unchanged"."""
    if change is None:
        return False
    inside = half_width_95 is not None and abs(change) <= Fraction(half_width_95)
    return inside or abs(change) < Fraction(SMALLEST_CHANGE)


def short_name(name: str) -> str:
    """A name that leaves room for the rest of a headline."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def movement(*, change: Fraction | None, terms: Terms, half_width_95: Decimal | None = None) -> str:
    """What became of a score, up to the number: "rose by 1.2 to"; "is at" where there is nothing to compare with."""
    if change is None:
        return "is at"
    if is_unchanged(change, half_width_95):
        return "is unchanged at"
    return f"{'rose' if change > 0 else 'fell'} by {decimal_text(abs(change), places=1, locale=terms.locale)} to"


def distance(*, from_line: Decimal, terms: Terms) -> str:
    """A distance with the decimals of the printed number it starts from."""
    return decimal_text(abs(from_line), places=places_of(from_line), locale=terms.locale)


def target_words(*, printed: Decimal, target: TargetFigures, terms: Terms) -> str:
    """The distance as far as the printed numbers say: "6.1 below target", "3.1 above target", "on target"."""
    gap = printed - target.value
    if gap == 0:
        return "on target"
    return f"{distance(from_line=gap, terms=terms)} {'below' if gap < 0 else 'above'} target"


def band_words(*, figures: Figures, printed: Decimal, terms: Terms) -> str:
    """The judgement in a headline: the band, or how far the score is short of the next one up from the lowest."""
    if figures.is_missing_data:
        return "missing data, not ranked"
    if figures.band is None:
        return "too few customers for a band"
    if figures.band != POOR:
        return terms.bands.name(figures.band)
    return f"{distance(from_line=terms.bands.good - printed, terms=terms)} short of {terms.bands.names[1]}"


def finding(
    *,
    subject: str,
    figures: Figures,
    change: Fraction | None,
    target: TargetFigures | None,
    terms: Terms,
    half_width_95: Decimal | None = None,
) -> str:
    """Subject, number, judgement, distance, in at most 75 characters; `half_width_95` is the change's.

    Example: "Engagement is unchanged at 68.9: 1.1 short of Good, 6.1 below target".
    """
    if figures.score is None:
        return f"{subject} has no score: {(figures.reason or '').removeprefix('no score: ') or 'not scored'}"
    goal = target if target is not None and target.measure == "score" else None
    printed = terms.printed(figures.score, places=1, target=goal.value if goal else None)
    opening = f"{subject} {movement(change=change, terms=terms, half_width_95=half_width_95)} {terms.text(printed)}"
    pieces = [band_words(figures=figures, printed=printed, terms=terms)]
    pieces += [target_words(printed=printed, target=goal, terms=terms)] if goal else []
    while pieces and len(f"{opening}: {', '.join(pieces)}") > LONGEST:
        pieces.pop()
    return f"{opening}: {', '.join(pieces)}" if pieces else opening


def score_reading(*, figures: Figures, target: TargetFigures | None, terms: Terms) -> str:
    """The line under the big number: how far from the target, by when."""
    if figures.score is None:
        return ""
    if target is None:
        return "no target set"
    printed = terms.printed(figures.score, places=1, target=target.value)
    value, due = short_text(target.value, locale=terms.locale), day_text(target.due_on, locale=terms.locale)
    gap = printed - target.value
    if gap == 0:
        return f"on the target of {value} by {due}"
    side = "below" if gap < 0 else "above"
    return f"{distance(from_line=gap, terms=terms)} {side} the target of {value} by {due}"


def standfirst(*, total: Figures, change: Fraction | None, group: SegmentGroup | None, terms: Terms) -> str:
    """The one fact under the headline: opposite movements, much missing data, or the two ends."""
    if total.score is None:
        return (
            f"Numbers show from {terms.minimum_n} customers on; there are {count_text(total.n, locale=terms.locale)}."
        )
    if group is None:
        return "Without segments there is one number for everybody: it hides who carries it."
    return _opposites(group, change, terms) or _missing(group, total, terms) or _ends(group, terms)


def _opposites(group: SegmentGroup, change: Fraction | None, terms: Terms) -> str:
    """Segments that pull the total both ways, each by at least 0.05, where the total moves less than either."""
    if not group.is_partition or change is None:
        return ""
    shown = [(row.adds_to_total, row) for row in group.rows if row.adds_to_total is not None and row.figures.score]
    if len(shown) < 2:  # noqa: PLR2004  two ways need two
        return ""
    (low, fell), (high, rose) = (pick(shown, key=lambda pair: pair[0]) for pick in (min, max))
    if low > -Fraction(SMALLEST_CHANGE) or high < Fraction(SMALLEST_CHANGE):
        return ""
    up, down = (delta_text(value, places=2, locale=terms.locale) for value in (high, low))
    return f"{rose.figures.segment_name} adds {up} to the total and {fell.figures.segment_name} {down}."


def _missing(group: SegmentGroup, total: Figures, terms: Terms) -> str:
    """How many customers a set of segments knows nothing about."""
    unknown = sum(row.figures.n for row in group.rows if row.figures.is_missing_data)
    if not total.n or Fraction(unknown, total.n) < _MUCH_MISSING:
        return ""
    share = share_text(Fraction(unknown, total.n), locale=terms.locale)
    base = f"{count_text(unknown, locale=terms.locale)} of {count_text(total.n, locale=terms.locale)}"
    return f"{group.name} is not known for {share} of the customers, {base}."


def ranked(group: SegmentGroup) -> list[SegmentRow]:
    """Rows that may be compared: known data, a score, enough customers for a band; the lowest score first."""
    rows = [row for row in group.rows if row.figures.band is not None and not row.figures.is_missing_data]
    return sorted(rows, key=lambda row: row.figures.score or Fraction(0))


def _ends(group: SegmentGroup, terms: Terms) -> str:
    rows = ranked(group)
    if len(rows) < 2:  # noqa: PLR2004  two ends need two
        return f"Fewer than two segments of {group.name} are large enough to compare."
    low, high = (
        f"{row.figures.segment_name} at {score_text(row.figures.score, bands=terms.bands, locale=terms.locale)}"
        for row in (rows[0], rows[-1])
    )
    return f"Lowest of {group.name} is {low}, highest {high}."


def segments_heading(*, group: SegmentGroup, terms: Terms) -> str:
    """What a table of segments says, as its heading."""
    rows = ranked(group)
    if not rows:
        return f"{group.name}: no segment is large enough for a band yet"
    bands = {row.figures.band for row in rows}
    if len(bands) == 1 and len(rows) > 1:
        (only,) = bands
        return f"Every known segment of {group.name} is {terms.bands.name(only or '')}"
    poor, good, best = (sum(row.figures.band == code for row in rows) for code in CODES)
    names = terms.bands.names
    return f"{group.name}: {best} {names[2]}, {good} {names[1]}, {poor} {names[0]}"


def bands_heading(*, legend: tuple[BandShare, ...]) -> str:
    """Customers by band in words, with the legend's own figures: "53.5 % are Excellent, 42.2 % Poor"."""
    best, _, worst = legend
    return f"{best.share} of the customers are {best.name}, {worst.share} {worst.name}"


def trend_heading(*, scores: list[Fraction], terms: Terms, by: By = By.MONTH) -> str:
    """Between which numbers the finished periods lie; nothing is claimed from fewer than two."""
    if len(scores) < 2:  # noqa: PLR2004  a trend needs two
        return f"A trend begins with the second finished {by.value}"
    low, high = (rounded(pick(scores), places=1) for pick in (min, max))
    if high - low < 1:
        return f"{len(scores)} finished {by.value}s between {terms.text(low)} and {terms.text(high)}"
    first, last = (rounded(scores[at], places=1) for at in (0, -1))
    return f"From {terms.text(first)} to {terms.text(last)} in {len(scores)} finished {by.value}s"
