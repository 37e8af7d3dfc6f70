"""Bars: customers per band, occurrences per week, and the distribution of points or scores. They start at 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.look.bands import DEFAULT_BANDS, EXCELLENT, GOOD, POOR, Bands
from engagement.look.charts.axis import Axis
from engagement.look.charts.marks import Dot, Drawing, Line, Mark, Rect, Text
from engagement.look.charts.room import fits, thinned, touches_any, yielding
from engagement.look.charts.table import ChartTable
from engagement.look.exact import Number, exact, round_parts
from engagement.look.locales import EN, Locale
from engagement.look.numbers import count_text, range_text, share_text, short_text

# Where the bins of a distribution end and stand, in pixels from above.
BINS_TOP, BINS_BOTTOM = 18, 112

# Between two parts of the band bar, in per cent: seen as a gap, too small to be read as a quantity.
_GAP = Fraction(1, 5)


@dataclass(frozen=True, slots=True)
class BandShare:
    """A band in the legend; the shares of all bands add up to 100.0 % as printed."""

    code: str
    name: str
    count: str
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BandBar:
    """Customers per band as one bar, best first; counts are of whole customers, each ≥ 0."""

    template: ClassVar[str] = "band_bar"
    poor: int
    good: int
    excellent: int
    bands: Bands = DEFAULT_BANDS
    locale: Locale = EN

    def _counts(self) -> tuple[tuple[str, int], ...]:
        return (EXCELLENT, self.excellent), (GOOD, self.good), (POOR, self.poor)

    @property
    def legend(self) -> tuple[BandShare, ...]:
        """Name, count and share of each band, best first; of no customers there is no share."""
        return tuple(
            BandShare(
                code=code,
                name=self.bands.name(code),
                count=count_text(count, locale=self.locale),
                share=share_text(None if share is None else exact(share) / 100, locale=self.locale),
            )
            for (code, count), share in zip(self._counts(), self._shares(), strict=True)
        )

    def _shares(self) -> tuple[Decimal | None, ...]:
        """Per cent with one decimal, adding up to 100.0."""
        total = self.poor + self.good + self.excellent
        if not total:
            return None, None, None
        return round_parts([Fraction(count * 100, total) for _code, count in self._counts()], places=1)

    def draw(self) -> Drawing:
        """The parts side by side, widths in proportion; a band of nobody is not drawn."""
        words = ", ".join(f"{part.name} {part.count}" for part in self.legend)
        label = _("Customers by band: {list}").format(list=words)
        return Drawing(css="chart", height=14, label=label, marks=tuple(self._parts()))

    def _parts(self) -> Iterator[Mark]:
        total, end = self.poor + self.good + self.excellent, Fraction(0)
        for code, count in self._counts():
            if count:
                start = end + _GAP if end else end
                end += Fraction(count * 100, total)
                start = min(start, max(end - _GAP, Fraction(0)))
                yield Rect(css=f"f-{code}", x=start, width=end - start, height=14)

    def table(self) -> ChartTable:
        rows = tuple(
            (self.bands.name(code), count, share)
            for (code, count), share in zip(self._counts(), self._shares(), strict=True)
        )
        return ChartTable(header=(_("Band"), _("Customers"), _("Share, %")), rows=rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One week: how often, whether the window cuts it off, whether the marked action happened in it."""

    label: str  # "3 Oct", then "9", "16" …
    full_label: str
    count: int
    is_partial: bool = False
    is_marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BarColumns:
    """Occurrences per week. A cut-off week is outlined; `marked` names what the open dots below mean."""

    template: ClassVar[str] = "columns"
    columns: tuple[Column, ...]
    measure: str  # "Purchases"
    marked: str = ""
    partial: str = field(default_factory=lambda: _("week cut off by the window"))
    locale: Locale = EN

    @property
    def legend(self) -> tuple[str, ...]:
        """What the shapes mean, only those that occur."""
        items = [_("■ {measure} in the week").format(measure=self.measure)]
        items += [f"□ {self.partial}"] if any(column.is_partial for column in self.columns) else []
        items += [f"○ {self.marked}"] if any(column.is_marked for column in self.columns) else []
        return tuple(items)

    def draw(self) -> Drawing:
        """The columns, each with its number above and its week below."""
        most = max((column.count for column in self.columns), default=0) or 1
        step = Fraction(100, max(len(self.columns), 1))
        marks: list[Mark] = [Line(css="axis-0", x1=0, x2=100, y1=130, y2=130)]
        weeks: list[Text] = []
        for index, column in enumerate(self.columns):
            top = 130 - Fraction(114 * column.count, most)
            centre = index * step + step / 2
            marks.append(self._column(column, left=index * step, step=step, top=top))
            marks += self._above(column, centre=centre, step=step, top=top)
            if column.is_marked:
                marks.append(Dot(css="dot-open", cx=centre, cy=140, r="4", title=f"{column.full_label}: {self.marked}"))
            weeks.append(Text(text=column.label, x=centre, y=164, anchor="middle"))
        return Drawing(css="chart", height=170, label=self.label(), marks=(*marks, *thinned(weeks)))

    def _column(self, column: Column, *, left: Fraction, step: Fraction, top: Fraction) -> Rect:
        gap = step * Fraction(104, 1000)
        return Rect(
            css="bar-fall" if column.is_partial else "bar",
            x=left + gap,
            width=step - 2 * gap,
            y=top,
            height=130 - top,
            title=f"{column.full_label}: {count_text(column.count, locale=self.locale)}",
        )

    def _above(self, column: Column, *, centre: Fraction, step: Fraction, top: Fraction) -> list[Text]:
        """The number above a column; it gives way where it is wider than the column's own place."""
        text = Text(text=count_text(column.count, locale=self.locale), x=centre, y=top - 4, anchor="middle")
        beside = (replace(text, x=centre - step), replace(text, x=centre + step))
        kept = yielding(text, beside)
        return [kept] if kept else []

    def label(self) -> str:
        counts = ", ".join(
            f"{column.full_label} {count_text(column.count, locale=self.locale)}" for column in self.columns
        )
        marked = ", ".join(column.full_label for column in self.columns if column.is_marked)
        said = _("{measure} per week: {list}.").format(measure=self.measure, list=counts or _("none"))
        return f"{said} {self.marked[:1].upper()}{self.marked[1:]}: {marked}." if marked else said

    def table(self) -> ChartTable:
        header = (_("Week"), self.measure, *([self.marked] if self.marked else []))
        rows = tuple(
            (column.full_label, column.count, *(([_("yes") if column.is_marked else None]) if self.marked else []))
            for column in self.columns
        )
        return ChartTable(header=header, rows=rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramBin:
    """A bin in words and figures, and its bar in per cent across: pale from left to cut, dark from cut to right."""

    name: str
    count: int
    left: Fraction
    cut: Fraction
    right: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How customers spread over points or, with `of_scores`, over scores, in bins of equal width from `start`.

    counts: one per bin; the last is open ("200 or more") unless `last_label` says otherwise ("100"). `full_points`
    draws the line from which on a customer is fully engaged, `median` a dotted one; both in the bins' own unit.
    """

    template: ClassVar[str] = "drawing"
    counts: tuple[int, ...]
    bin_width: int
    start: int = 0
    of_scores: bool = False
    whole_numbers: bool = True  # every value is whole, so that a bin may be called "0–9"
    last_label: str = ""
    full_points: Number | None = None
    median: Number | None = None
    locale: Locale = EN

    def draw(self) -> Drawing:
        """Bars below full points are pale, from there on dark; the bar that holds the line is split at it."""
        marks: tuple[Mark, ...] = (Line(css="axis-0", x1=0, x2=100, y1=112, y2=112), *self._bars(), *self._lines())
        return Drawing(css="chart", height=132, label=self.label(), marks=(*marks, *self._below()))

    @property
    def _step(self) -> Fraction:
        return Fraction(100, len(self.counts))

    def across(self, value: Number) -> Fraction:
        """Where a value lies; everything in the open last bin lies at its middle, for it has no scale."""
        bins = (exact(value) - self.start) / self.bin_width
        last = len(self.counts) - 1
        return self._step * (min(max(bins, Fraction(0)), Fraction(last)) if bins <= last else last + Fraction(1, 2))

    @property
    def axis(self) -> Axis:
        """From 0 to the fullest bin."""
        most = Fraction(max(self.counts) or 1)
        return Axis(low=Fraction(0), high=most, step=most)

    def bins(self) -> Iterator[HistogramBin]:
        """Each bin with where it is drawn, and where full points cut it."""
        last = len(self.counts) - 1
        line = None if self.full_points is None else self.across(self.full_points)
        for index, count in enumerate(self.counts):
            left = index * self._step
            right = left + self._step - (0 if index == last else self._step * Fraction(7, 100))
            cut = left if line is None else min(max(line, left), right)
            yield HistogramBin(name=self._name(index), count=count, left=left, cut=cut, right=right)

    def _bars(self) -> Iterator[Mark]:
        for part in self.bins():
            height = self.axis.share(part.count) * (BINS_BOTTOM - BINS_TOP)
            title = f"{part.name}: {self.customers(part.count)}"
            for css, start, end in (("bar-soft", part.left, part.cut), ("bar", part.cut, part.right)):
                if end > start:
                    yield Rect(css=css, x=start, width=end - start, y=BINS_BOTTOM - height, height=height, title=title)

    def _low(self, index: int) -> int:
        return self.start + index * self.bin_width

    def customers(self, count: int) -> str:
        """So many customers, in words."""
        return ngettext("{n} customers", "{n} customers", count).format(n=count_text(count, locale=self.locale))

    def _last_name(self) -> str:
        last = count_text(self._low(len(self.counts) - 1), locale=self.locale)
        return self.last_label or _("{n} or more").format(n=last)

    def _name(self, index: int) -> str:
        """A bin in words: "0–9 points" where points are whole, "0 to under 10" is meant."""
        low, high = self._low(index), self._low(index + 1)
        is_last = index == len(self.counts) - 1
        if is_last or (self.bin_width > 1 and self.whole_numbers):
            span = self._last_name() if is_last else range_text(low, high - 1, locale=self.locale)
            return (_("{range} score") if self.of_scores else _("{range} points")).format(range=span)
        said = _("score {low} to under {high}") if self.of_scores else _("points {low} to under {high}")
        return said.format(low=count_text(low, locale=self.locale), high=count_text(high, locale=self.locale))

    def _lines(self) -> Iterator[Mark]:
        if self.median is not None:
            across = self.across(self.median)
            yield Line(css="note-line", x1=across, x2=across, y1=24, y2=112)
        if self.full_points is not None:
            across = self.across(self.full_points)
            yield Line(css="target", x1=across, x2=across, y1=6, y2=112)
            words = _("Full points {n}").format(n=short_text(self.full_points, locale=self.locale))
            label = Text(css="key", text=words, x=across, y=14, dx=6)
            yield label if fits(label) else replace(label, dx=-6, anchor="end")

    def _below(self) -> Iterator[Text]:
        """Where bins begin, as many as have room beside the last one's name."""
        last = len(self.counts) - 1
        end = Text(text=self._last_name(), x=100, y=127, anchor="end")
        starts = [
            Text(text=count_text(self._low(index), locale=self.locale), x=index * self._step, y=127, anchor="middle")
            for index in range(last)
        ]
        if starts:
            starts[0] = replace(starts[0], anchor="start")
        every = next(
            step
            for step in (1, 2, 5, 10, 20, 50, 100, 1000)
            if len(starts[::step]) <= 1
            or not any(touches_any(label, starts[::step][:index]) for index, label in enumerate(starts[::step]))
        )
        yield from (label for label in starts[::every] if not touches_any(label, (end,)))
        yield end

    def label(self) -> str:
        bins = ", ".join(
            f"{self._name(index)} {count_text(count, locale=self.locale)}"
            for index, count in enumerate(self.counts)
            if count
        )
        said = _("{customers} by score: {list}.") if self.of_scores else _("{customers} by points: {list}.")
        lines = [said.format(customers=self.customers(sum(self.counts)), list=bins or _("none"))]
        if self.full_points is not None:
            lines.append(_("Full points {n}.").format(n=short_text(self.full_points, locale=self.locale)))
        if self.median is not None:
            lines.append(_("Median {n}.").format(n=short_text(self.median, locale=self.locale)))
        return " ".join(lines)

    def table(self) -> ChartTable:
        header = (_("Score") if self.of_scores else _("Points"), _("Customers"), _("Share, %"))
        total = sum(self.counts)
        shares: tuple[Decimal | None, ...] = (None,) * len(self.counts)
        if total:
            shares = round_parts([Fraction(count * 100, total) for count in self.counts], places=1)
        rows = tuple(
            (self._name(index), count, share)
            for index, (count, share) in enumerate(zip(self.counts, shares, strict=True))
        )
        return ChartTable(header=header, rows=rows)
