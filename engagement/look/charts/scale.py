"""One score as three marks on one scale from 0 to 100: the number with its interval, the target, the industry range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from engagement.look.bands import DEFAULT_BANDS, EXCELLENT, GOOD, POOR, Bands
from engagement.look.charts.marks import Anchor, Dot, Drawing, Line, Mark, Rect, Text
from engagement.look.charts.room import fits, touch, yielding
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import EN, Locale
from engagement.look.numbers import plus_minus_text, range_text, score_text, short_text

_FIRST_ROW, _SECOND_ROW = 60, 76
# Closer than this, in per cent, the two labels stand clear of their marks instead of under them.
_NEAR = 4
# What a label may reach beyond the scale: as far as it is drawn under its mark.
_EDGE = 4


@dataclass(frozen=True, slots=True)
class IndustryRange:
    """A published range, scores 0–100; always shown as indicative and unsourced."""

    name: str
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleChart:
    """The scale of a scorecard; without a score it is the empty scale of a first run.

    score, target and half_width_95 are scores 0–100; `banded` is False where too few customers forbid a band.
    """

    template: ClassVar[str] = "drawing"
    score: Number | None = None
    banded: bool = True
    half_width_95: Number | None = None
    target: Number | None = None
    industry: IndustryRange | None = None
    bands: Bands = DEFAULT_BANDS
    locale: Locale = EN

    def draw(self) -> Drawing:
        """The picture. Labels are clear of each other at every width from 288 px on."""
        if self.score is None:
            return _empty(self)
        texts = _key_labels(self)
        down = _SECOND_ROW - _FIRST_ROW if any(text.y == _SECOND_ROW for text in texts) else 0
        industry = tuple(_industry(self, top=_FIRST_ROW + 16 + down))
        lowest = max([exact(mark.y) for mark in (*texts, *industry) if isinstance(mark, Text)])
        marks: tuple[Mark, ...] = (*_zones(self, y=22, height=20), *_zone_names(self, y=14), *_dot(self), *texts)
        return Drawing(
            css="chart", height=int(lowest) + 7, label=self.label(), marks=(*marks, *industry, *_ends(texts))
        )

    def score_text(self) -> str:
        return score_text(self.score, places=1, bands=self.bands, locale=self.locale)

    def band(self) -> str | None:
        """The band's code, None where none may be shown."""
        return self.bands.code(self.score) if self.score is not None and self.banded else None

    def label(self) -> str:
        """The picture in one sentence or two."""
        if self.score is None:
            return _("The empty scale from 0 to 100: {list}.").format(list=", ".join(_band_spans(self)))
        parts = [_position(self)]
        if self.target is not None:
            parts.append(_("Target {n}.").format(n=short_text(self.target, locale=self.locale)))
        if self.industry is not None:
            said = _("Indicative, unsourced range for {name}: {range}.")
            parts.append(said.format(name=self.industry.name, range=_range(self.industry, self)))
        return " ".join(parts)

    def table(self) -> ChartTable:
        rows: list[tuple[Cell, ...]] = [(_("Score"), _cell(self.score), None)]
        if self.score is not None and self.half_width_95 is not None:
            low, high = _interval(self.score, self.half_width_95)
            rows.append((_("95 % interval"), _cell(low), _cell(high)))
        if self.target is not None:
            rows.append((_("Target"), _cell(self.target), None))
        if self.industry is not None:
            rows.append(
                (
                    _("{name}, indicative, unsourced").format(name=self.industry.name),
                    Decimal(self.industry.low),
                    Decimal(self.industry.high),
                )
            )
        return ChartTable(header=(_("Mark"), _("Value or from"), pgettext("end of a range", "To")), rows=tuple(rows))


def _cell(value: Number | None) -> Decimal | None:
    return None if value is None else rounded(value, places=2)


def _interval(score: Number, half_width: Number) -> tuple[Number, Number]:
    """The interval's ends, not beyond the scale's own."""
    centre, half = exact(score), exact(half_width)
    return max(centre - half, exact(0)), min(centre + half, exact(100))


def _range(industry: IndustryRange, chart: ScaleChart) -> str:
    return range_text(industry.low, industry.high, locale=chart.locale)


def _band_spans(chart: ScaleChart) -> tuple[str, str, str]:
    """Each band in words, from the lowest."""
    good, excellent = (short_text(line, locale=chart.locale) for line in (chart.bands.good, chart.bands.excellent))
    poor_name, good_name, excellent_name = chart.bands.said
    return (
        _("{name} below {score}").format(name=poor_name, score=good),
        _("{name} from {low} to {high}").format(name=good_name, low=good, high=excellent),
        _("{name} above {score}").format(name=excellent_name, score=excellent),
    )


def _position(chart: ScaleChart) -> str:
    """The score, how far it may be off, and its band."""
    band, score = chart.band(), chart.score_text()
    half = short_text(rounded(chart.half_width_95, places=1), locale=chart.locale) if chart.half_width_95 else ""
    if band is None:
        without = _("Score {score} on a scale from 0 to 100, without a band.")
        said = _("Score {score}, give or take {half}, on a scale from 0 to 100, without a band.") if half else without
        return said.format(score=score, half=half)
    span = dict(zip((POOR, GOOD, EXCELLENT), _band_spans(chart), strict=True))[band]
    plain = _("Score {score} on a scale from 0 to 100: {band}.")
    said = _("Score {score}, give or take {half}, on a scale from 0 to 100: {band}.") if half else plain
    return said.format(score=score, half=half, band=span)


def zones(*, bands: Bands) -> tuple[tuple[str, Number, Number], ...]:
    """Each band's code with its ends on the scale 0–100."""
    return (POOR, 0, bands.good), (GOOD, bands.good, bands.excellent), (EXCELLENT, bands.excellent, 100)


def _zones(chart: ScaleChart, *, y: int, height: int) -> Iterator[Mark]:
    for code, low, high in zones(bands=chart.bands):
        yield Rect(css=f"z-{code}", x=low, width=exact(high) - exact(low), y=y, height=height)


def _zone_names(chart: ScaleChart, *, y: int) -> Iterator[Text]:
    """The bands' names above their zones; a name without room gives way, the outer ones first to stay."""
    names, line = chart.bands.said, short_text(chart.bands.good, locale=chart.locale)
    below = _("{name}, below {score}").format(name=names[0], score=line)
    poor = Text(css="t-poor", text=below, x=0, y=y)
    excellent = Text(css="t-excellent", text=names[2], x=chart.bands.excellent, y=y, dx=4)
    if not fits(excellent, edge=8):
        excellent = Text(css="t-excellent", text=names[2], x=100, y=y, anchor="end")
    if touch(poor, excellent):
        poor = Text(css="t-poor", text=names[0], x=0, y=y)
    if touch(poor, excellent):
        excellent = replace(excellent, x=100, dx=0, anchor="end")
    good = yielding(Text(css="t-good", text=names[1], x=chart.bands.good, y=y), (poor, excellent), gap=0)
    yield from (poor, *([good] if good else []), excellent)


def _dot(chart: ScaleChart) -> Iterator[Mark]:
    """The score with its interval, and the target's line over it."""
    score, band = exact(chart.score or 0), chart.band()
    if chart.half_width_95:
        low, high = _interval(score, chart.half_width_95)
        yield Line(css=f"whisker {f'k-{band}' if band else 'axis-0'}", x1=low, x2=high, y1=32, y2=32)
    yield Dot(css=f"{f'f-{band}' if band else 'dot'} halo", cx=score, cy=32, r="7")
    if chart.target is not None:
        yield Line(css="target", x1=chart.target, x2=chart.target, y1=17, y2=50)


def _key_labels(chart: ScaleChart) -> tuple[Text, ...]:
    """The score's and the target's label, each away from the other where there is room, else on two rows."""
    spread = f" {plus_minus_text(chart.half_width_95, locale=chart.locale)}" if chart.half_width_95 else ""
    score = Text(css="key", text=f"{chart.score_text()}{spread}", x=chart.score or 0, y=_FIRST_ROW)
    if chart.target is None:
        return (next((label for label in _sides(score, first="end", dx=4) if fits(label, edge=_EDGE)), score),)
    words = _("Target {n}").format(n=short_text(chart.target, locale=chart.locale))
    target = Text(css="key", text=words, x=chart.target, y=_FIRST_ROW)
    below = exact(score.x) <= exact(target.x)
    near = abs(exact(score.x) - exact(target.x)) < _NEAR
    scores = tuple(_sides(score, first="end" if below else "start", dx=-4 if near else 4))
    targets = tuple(_sides(target, first="start" if below else "end", dx=-4 if near else 2))
    pairs = [(one, other) for one in scores for other in targets]
    pairs += [(one, replace(other, y=_SECOND_ROW)) for one in scores for other in targets]
    room = (pair for pair in pairs if all(fits(label, edge=_EDGE) for label in pair) and not touch(*pair, gap=6))
    return next(room, pairs[-1])


def _sides(label: Text, *, first: Anchor, dx: int) -> Iterator[Text]:
    """A label on its first side of its mark, then on the other; dx > 0 lets it begin under the mark."""
    for anchor in (first, "start" if first == "end" else "end"):
        yield replace(label, anchor=anchor, dx=dx if anchor == "end" else -dx)


def _industry(chart: ScaleChart, *, top: int) -> Iterator[Mark]:
    if chart.industry is None:
        return
    low, high = chart.industry.low, chart.industry.high
    yield Line(css="range", x1=low, x2=high, y1=top, y2=top)
    for end in (low, high):
        yield Line(css="range", x1=end, x2=end, y1=top - 5, y2=top + 5)
    name, caution = f"{chart.industry.name} {_range(chart.industry, chart)},", _("indicative, unsourced")
    whole = Text(text=f"{name} {caution}", x=high, y=top + 21, anchor="end")
    for label in (whole, replace(whole, x=100)):
        if fits(label):
            yield label
            return
    yield Text(text=name, x=100, y=top + 21, anchor="end")
    yield Text(text=caution, x=100, y=top + 35, anchor="end")


def _ends(taken: tuple[Text, ...]) -> Iterator[Text]:
    """0 and 100 at the scale's ends, giving way to the score and the target."""
    ends = Text(text="0", x=0, y=_FIRST_ROW), Text(text="100", x=100, y=_FIRST_ROW, anchor="end")
    for label in ends:
        kept = yielding(label, taken)
        if kept is not None:
            yield kept


def _empty(chart: ScaleChart) -> Drawing:
    """What will stand here: the zones, their names and their ends."""
    good, excellent = (short_text(value, locale=chart.locale) for value in (chart.bands.good, chart.bands.excellent))
    bounds = [
        Text(text="0", x=0, y=46),
        Text(text="100", x=100, y=46, anchor="end"),
        Text(text=good, x=chart.bands.good, y=46, anchor="middle"),
        Text(text=excellent, x=chart.bands.excellent, y=46, anchor="middle"),
    ]
    kept: list[Text] = []
    for label in bounds:
        if not any(touch(label, other) for other in kept):
            kept.append(label)
    poor, good_name, best = chart.bands.said
    names = [Text(css="t-poor", text=poor, x=0, y=12), Text(css="t-excellent", text=best, x=100, y=12, anchor="end")]
    between = yielding(Text(css="t-good", text=good_name, x=chart.bands.good, y=12), names)
    names += [between] if between else []
    return Drawing(css="chart", height=48, label=chart.label(), marks=(*_zones(chart, y=18, height=14), *names, *kept))
