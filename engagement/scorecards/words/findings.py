"""The sentence a page opens with, and the one that would change the reader's mind."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

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
from engagement.look.said import Said
from engagement.scorecards.words.periods import finished_periods
from engagement.scorecards.words.reasons import why_unscored

LONGEST = 75
_LONGEST_NAME = 24
# From this share on, customers without the trait are what one should know first about a set of segments.
_MUCH_MISSING = Fraction(1, 2)

_TREND_BEGINS = Said(
    {
        By.WEEK: noop("A trend begins with the second finished week"),
        By.MONTH: noop("A trend begins with the second finished month"),
        By.QUARTER: noop("A trend begins with the second finished quarter"),
    }
)


def is_unchanged(change: Fraction | None, half_width_95: Decimal | None = None) -> bool:
    """Inside its 95 % interval, or under 0.05, which a headline would print as 0.0, a change reads "unchanged"."""
    if change is None:
        return False
    inside = half_width_95 is not None and abs(change) <= Fraction(half_width_95)
    return inside or abs(change) < Fraction(SMALLEST_CHANGE)


def short_name(name: str) -> str:
    """A name that leaves room for the rest of a headline."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def moved_to(
    *, subject: str, score: str, change: Fraction | None, terms: Terms, half_width_95: Decimal | None = None
) -> str:
    """Whose score it is, what became of it, and where it is: "Engagement rose by 1.2 to 68.9"."""
    if change is None:
        return _("{subject} is at {score}").format(subject=subject, score=score)
    if is_unchanged(change, half_width_95):
        return _("{subject} is unchanged at {score}").format(subject=subject, score=score)
    said = _("{subject} rose by {size} to {score}") if change > 0 else _("{subject} fell by {size} to {score}")
    return said.format(subject=subject, size=decimal_text(abs(change), places=1, locale=terms.locale), score=score)


def distance(*, from_line: Decimal, terms: Terms) -> str:
    """A distance with the decimals of the printed number it starts from."""
    return decimal_text(abs(from_line), places=places_of(from_line), locale=terms.locale)


def target_words(*, printed: Decimal, target: TargetFigures, terms: Terms) -> str:
    """The distance as far as the printed numbers say: "6.1 below target", "3.1 above target", "on target"."""
    gap = printed - target.value
    if gap == 0:
        return _("on target")
    said = _("{gap} below target") if gap < 0 else _("{gap} above target")
    return said.format(gap=distance(from_line=gap, terms=terms))


def band_words(*, figures: Figures, printed: Decimal, terms: Terms) -> str:
    """The judgement in a headline: the band, or how far the score is short of the next one up from the lowest."""
    if figures.is_missing_data:
        return _("missing data, not ranked")
    if figures.band is None:
        return _("too few customers for a band")
    if figures.band != POOR:
        return terms.bands.name(figures.band)
    gap = distance(from_line=terms.bands.good - printed, terms=terms)
    return _("{gap} short of {band}").format(gap=gap, band=terms.bands.names[1])


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
        why = why_unscored(figures=figures, terms=terms)
        return _("{subject} has no score: {why}").format(subject=subject, why=why)
    goal = target if target is not None and target.measure == "score" else None
    printed = terms.printed(figures.score, places=1, target=goal.value if goal else None)
    opening = moved_to(
        subject=subject, score=terms.text(printed), change=change, terms=terms, half_width_95=half_width_95
    )
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
        return _("no target set")
    printed = terms.printed(figures.score, places=1, target=target.value)
    value, due = short_text(target.value, locale=terms.locale), day_text(target.due_on, locale=terms.locale)
    gap = printed - target.value
    if gap == 0:
        return _("on the target of {value} by {due}").format(value=value, due=due)
    said = (
        _("{gap} below the target of {value} by {due}") if gap < 0 else _("{gap} above the target of {value} by {due}")
    )
    return said.format(gap=distance(from_line=gap, terms=terms), value=value, due=due)


def standfirst(*, total: Figures, change: Fraction | None, group: SegmentGroup | None, terms: Terms) -> str:
    """The one fact under the headline: opposite movements, much missing data, or the two ends."""
    if total.score is None:
        said = _("Numbers show from {least} customers on; there are {n}.")
        return said.format(least=terms.minimum_n, n=count_text(total.n, locale=terms.locale))
    if group is None:
        return _("Without segments there is one number for everybody: it hides who carries it.")
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
    said = _("{riser} adds {up} to the total and {faller} {down}.")
    return said.format(riser=rose.figures.segment_name, up=up, faller=fell.figures.segment_name, down=down)


def _missing(group: SegmentGroup, total: Figures, terms: Terms) -> str:
    """How many customers a set of segments knows nothing about."""
    unknown = sum(row.figures.n for row in group.rows if row.figures.is_missing_data)
    if not total.n or Fraction(unknown, total.n) < _MUCH_MISSING:
        return ""
    share = share_text(Fraction(unknown, total.n), locale=terms.locale)
    part, whole = (count_text(n, locale=terms.locale) for n in (unknown, total.n))
    said = _("{set} is not known for {share} of the customers, {part} of {whole}.")
    return said.format(set=group.name, share=share, part=part, whole=whole)


def ranked(group: SegmentGroup) -> list[SegmentRow]:
    """Rows that may be compared: known data, a score, enough customers for a band; the lowest score first."""
    rows = [row for row in group.rows if row.figures.band is not None and not row.figures.is_missing_data]
    return sorted(rows, key=lambda row: row.figures.score or Fraction(0))


def _ends(group: SegmentGroup, terms: Terms) -> str:
    rows = ranked(group)
    if len(rows) < 2:  # noqa: PLR2004  two ends need two
        return _("Fewer than two segments of {set} are large enough to compare.").format(set=group.name)
    (low, lowest), (high, highest) = (
        (row.figures.segment_name, score_text(row.figures.score, bands=terms.bands, locale=terms.locale))
        for row in (rows[0], rows[-1])
    )
    said = _("Lowest of {set} is {low} at {lowest}, highest {high} at {highest}.")
    return said.format(set=group.name, low=low, lowest=lowest, high=high, highest=highest)


def segments_heading(*, group: SegmentGroup, terms: Terms) -> str:
    """What a table of segments says, as its heading."""
    rows = ranked(group)
    if not rows:
        return _("{set}: no segment is large enough for a band yet").format(set=group.name)
    bands = {row.figures.band for row in rows}
    if len(bands) == 1 and len(rows) > 1:
        (only,) = bands
        band = terms.bands.name(only or "")
        return _("Every known segment of {set} is {band}").format(set=group.name, band=band)
    poor, good, best = (sum(row.figures.band == code for row in rows) for code in CODES)
    names = terms.bands.names
    return f"{group.name}: {best} {names[2]}, {good} {names[1]}, {poor} {names[0]}"


def bands_heading(*, legend: tuple[BandShare, ...]) -> str:
    """Customers by band in words, with the legend's own figures: "53.5 % are Excellent, 42.2 % Poor"."""
    best, _middle, worst = legend
    said = _("{share} of the customers are {band}, {other_share} {other_band}")
    return said.format(share=best.share, band=best.name, other_share=worst.share, other_band=worst.name)


def trend_heading(*, scores: list[Fraction], terms: Terms, by: By = By.MONTH) -> str:
    """Between which numbers the finished periods lie; nothing is claimed from fewer than two."""
    if len(scores) < 2:  # noqa: PLR2004  a trend needs two
        return _TREND_BEGINS[by]
    low, high = (rounded(pick(scores), places=1) for pick in (min, max))
    if high - low < 1:
        said = _("{periods} between {low} and {high}")
        return said.format(periods=finished_periods(len(scores), by=by), low=terms.text(low), high=terms.text(high))
    first, last = (rounded(scores[at], places=1) for at in (0, -1))
    said = _("From {first} to {last} in {periods}")
    return said.format(first=terms.text(first), last=terms.text(last), periods=finished_periods(len(scores), by=by))
