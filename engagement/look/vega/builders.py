"""From a typed chart to its specification: the same figures in the same places as its `draw()`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import singledispatch
from itertools import pairwise

from django.utils.translation import gettext as _

from engagement.look.bands import Bands
from engagement.look.charts.bars import BINS_BOTTOM, BINS_TOP, Histogram, HistogramBin
from engagement.look.charts.heat import HeatCellAt, HeatMap
from engagement.look.charts.lines import LINE_BOTTOM, LINE_TOP, LinePlain, LinePoint
from engagement.look.charts.marks import Dot, Drawing
from engagement.look.charts.scale import zones
from engagement.look.charts.trend import TOP, TrendChart, TrendMark, across, interval_of, runs_of
from engagement.look.exact import Number, exact, rounded
from engagement.look.numbers import range_text, share_text
from engagement.look.vega.layers import READINGS, Json, Layer, Plane, Row, across_width, between, number, rounds, words
from engagement.look.vega.specification import Specification
from engagement.look.vega.tokens import colour


@singledispatch
def specification(chart: object, drawing: Drawing) -> Specification | None:
    """The chart, whose `draw()` gave the drawing, as a specification; None for what is too small to be one.

    Too small are sparks and scales in the rows of a table, bars of a line's height, and waterfalls: forty of them on
    a page would be forty views, each with a dataflow of its own, where an inline SVG says the same.
    """
    return None


# ── a measure over periods ───────────────────────────────────────────────────────────────────────────────────


@specification.register
def _of_trend(chart: TrendChart, drawing: Drawing) -> Specification:
    plane = Plane(top=TOP, bottom=chart.bottom, axis=chart.axis)
    return Specification(
        height=chart.height,
        description=drawing.label,
        layers=(
            zone_layer(chart.bands, plane),
            plane.rule(name="grid", rows=[{"value": number(tick)} for tick in chart.axis.ticks()], ink="line"),
            plane.post(name="notes", rows=_notes(chart), ink="ink-3", dash=(1, 3)),
            plane.rule(name="target", rows=_target(chart), width=1.5, dash=(6, 3)),
            _interval(chart, plane),
            plane.line(name="finished", rows=_points(chart, is_open=False)),
            plane.line(name="unfinished", rows=_points(chart, is_open=True), dash=(4, 3)),
            plane.dots(name="values", rows=_values(chart, is_finished=True), size=19.6),
            plane.dots(name="unfinished-values", rows=_values(chart, is_finished=False), size=38.5, is_open=True),
            plane.rings(name="unusual", rows=_unusual(chart)),
            rounds(name="note-rings", rows=_rings(drawing)),
            words(drawing),
            plane.readings(_periods(chart)),
        ),
        notes=tuple(note.text for note in chart.notes),
    )


def zone_layer(bands: Bands | None, plane: Plane) -> Layer:
    """The bands as quiet backgrounds, as far as the scale shows them."""
    low, high = plane.axis.low, plane.axis.high
    seen = [] if bands is None else [zone for zone in zones(bands=bands) if low < zone[2] and zone[1] < high]
    rows: tuple[Row, ...] = tuple(
        {"band": code, "from": number(max(exact(start), low)), "to": number(min(exact(end), high))}
        for code, start, end in seen
    )
    inks: dict[str, Json] = {
        "field": "band", "type": "nominal", "legend": None,
        "scale": {"domain": [zone[0] for zone in seen], "range": [colour(f"{zone[0]}-zone") for zone in seen]},
    }  # fmt: skip
    encoding: dict[str, Json] = {"y": plane.up("from"), "y2": {"field": "to"}, "fill": inks}
    return Layer(name="zones", mark={"type": "rect", "opacity": 0.6}, encoding=encoding, rows=rows)


def _notes(chart: TrendChart) -> list[Row]:
    return [
        {"number": at, "day": note.day.isoformat(), "text": note.text, "across": number(across(chart, note.day))}
        for at, note in enumerate(chart.notes, start=1)
    ]


def _rings(drawing: Drawing) -> list[Row]:
    """Where the drawing has found room for the notes' numbers."""
    dots = [mark for mark in drawing.marks if isinstance(mark, Dot) and mark.css == "note-dot"]
    return [{"across": number(dot.cx), "down": number(dot.cy, places=1)} for dot in dots]


def _target(chart: TrendChart) -> list[Row]:
    return [] if chart.target is None else [{"value": number(chart.target.value), "text": chart.target.label}]


def _interval(chart: TrendChart, plane: Plane) -> Layer:
    """The 95 % interval, where every finished period of a stretch has one."""
    rows: list[Row] = []
    for run, stretch in enumerate(runs_of(chart)):
        for index, mark in stretch.interval:
            low, high = interval_of(mark)
            ends = {"low": number(low), "high": number(high)}
            rows.append({"period": mark.full_label, "run": run, "across": number(chart.x(index)), **ends})
    low_to_high: dict[str, Json] = {"y": plane.up("low"), "y2": {"field": "high"}}
    encoding: dict[str, Json] = {"x": across_width(), **low_to_high, "detail": {"field": "run", "type": "nominal"}}
    area: dict[str, Json] = {"type": "area", "fill": colour("ink"), "fillOpacity": 0.13, "line": False}
    return Layer(name="interval", mark=area, encoding=encoding, rows=tuple(rows))


def _points(chart: TrendChart, *, is_open: bool) -> list[Row]:
    return [
        {"run": run, **_value(chart, index, mark)}
        for run, stretch in enumerate(runs_of(chart))
        for index, mark in (stretch.opened if is_open else stretch.finished)
    ]


def _values(chart: TrendChart, *, is_finished: bool) -> list[Row]:
    return [
        _value(chart, index, mark)
        for index, mark in enumerate(chart.marks)
        if mark.value is not None and mark.finished is is_finished
    ]


def _unusual(chart: TrendChart) -> list[Row]:
    marks = ((index, mark) for index, mark in enumerate(chart.marks) if mark.unusual and mark.value is not None)
    return [{**_value(chart, index, mark), "expected": mark.unusual} for index, mark in marks]


def _value(chart: TrendChart, index: int, mark: TrendMark) -> Row:
    return {"period": mark.full_label, "across": number(chart.x(index)), "value": number(mark.value or 0)}


def _periods(chart: TrendChart) -> Iterator[Row]:
    """A column around each period's end, from halfway after the one before."""
    notes = [(at, across(chart, note.day), note.text) for at, note in enumerate(chart.notes, start=1)]
    for (start, end), mark in zip(
        columns_around([chart.x(index) for index in range(len(chart.marks))]), chart.marks, strict=True
    ):
        inside = [f"{at} · {text}" for at, place, text in notes if start <= place < end]
        said = "\n".join([*_said(chart, mark), *inside])
        yield {"period": mark.full_label, "start": number(start), "end": number(end), "said": said}


def _said(chart: TrendChart, mark: TrendMark) -> Iterator[str]:
    """What a reader is told of one period."""
    yield mark.full_label
    if mark.value is None:
        yield _("no number") if mark.scored else _("not scored")
        return
    said = "{measure} {value}" if mark.finished else _("{measure} {value}, unfinished")
    yield said.format(measure=chart.measure, value=chart.value_text(mark.value))
    if mark.half_width_95:
        low, high = (rounded(end, places=1) for end in interval_of(mark))
        yield _("95 % interval {range}").format(range=range_text(low, high, locale=chart.locale))
    if mark.unusual:
        yield _("Unusual: {expected}").format(expected=mark.unusual)
    if mark.note:
        yield mark.note


def columns_around(places: list[Fraction]) -> list[tuple[Fraction, Fraction]]:
    """From halfway before each place to halfway after it; the outer ones reach the edges."""
    between_them = [(one + other) / 2 for one, other in pairwise(places)]
    return list(pairwise([Fraction(0), *between_them, Fraction(100)])) if places else []


# ── a customer's points ──────────────────────────────────────────────────────────────────────────────────────


@specification.register
def _of_line(chart: LinePlain, drawing: Drawing) -> Specification:
    plane = Plane(top=LINE_TOP, bottom=LINE_BOTTOM, axis=chart.axis)
    columns = columns_around([chart.x(index) for index in range(len(chart.points))])
    ticks = [number(tick) for tick in chart.axis.ticks()]
    reference: list[Row] = (
        [] if chart.reference is None else [{"value": number(chart.reference), "text": chart.reference_label}]
    )
    return Specification(
        height=170,
        description=drawing.label,
        layers=(
            plane.rule(name="grid", rows=[{"value": tick} for tick in ticks if tick], ink="line"),
            plane.rule(name="zero", rows=[{"value": tick} for tick in ticks if not tick], ink="line-strong"),
            plane.rule(name="reference", rows=reference, width=1.5, dash=(6, 3)),
            plane.line(
                name="course",
                rows=[
                    {"run": at, **_point(chart, index, point)}
                    for at, run in enumerate(chart.runs())
                    for index, point in run
                ],
            ),
            plane.dots(
                name="values",
                rows=[_point(chart, at, point) for at, point in enumerate(chart.points) if point.value is not None],
                size=19.6,
            ),
            words(drawing),
            plane.readings(
                {"period": point.full_label, "start": number(start), "end": number(end), "said": chart.said(point)}
                for (start, end), point in zip(columns, chart.points, strict=True)
            ),
        ),
    )


def _point(chart: LinePlain, index: int, point: LinePoint) -> Row:
    return {"period": point.full_label, "across": number(chart.x(index)), "value": number(point.value or 0)}


# ── a distribution ───────────────────────────────────────────────────────────────────────────────────────────


@specification.register
def _of_histogram(chart: Histogram, drawing: Drawing) -> Specification:
    plane = Plane(top=BINS_TOP, bottom=BINS_BOTTOM, axis=chart.axis)
    bins = tuple(chart.bins())
    median = [] if chart.median is None else [_line(chart, chart.median)]
    full_points = [] if chart.full_points is None else [_line(chart, chart.full_points)]
    return Specification(
        height=132,
        description=drawing.label,
        layers=(
            plane.rule(name="zero", rows=[{"value": 0}], ink="line-strong"),
            _bars("below-full-points", [(one, one.left, one.cut) for one in bins], plane, "q3"),
            _bars("bars", [(one, one.cut, one.right) for one in bins], plane, "bar"),
            plane.post(name="median", rows=median, ink="ink-3", top=24, dash=(1, 3)),
            plane.post(name="full-points", rows=full_points, ink="ink", top=6, width=1.5),
            words(drawing),
            plane.readings(_bins(chart)),
        ),
    )


def _line(chart: Histogram, value: Number) -> Row:
    return {"value": number(value, places=3), "across": number(chart.across(value))}


def _bars(name: str, parts: list[tuple[HistogramBin, Fraction, Fraction]], plane: Plane, ink: str) -> Layer:
    rows: tuple[Row, ...] = tuple(
        {"bin": one.name, "count": one.count, "start": number(start), "end": number(end)}
        for one, start, end in parts
        if end > start
    )
    encoding: dict[str, Json] = {**between(), "y": plane.up("count"), "y2": {"datum": 0}}
    return Layer(name=name, mark={"type": "rect", "fill": colour(ink)}, encoding=encoding, rows=rows)


def _bins(chart: Histogram) -> Iterator[Row]:
    total = sum(chart.counts)
    for one in chart.bins():
        said = f"{one.name}\n{chart.customers(one.count)}"
        if total:
            said = f"{said}, {share_text(Fraction(one.count, total), locale=chart.locale)}"
        yield {"bin": one.name, "start": number(one.left), "end": number(one.right), "said": said}


# ── a quantity by two things ─────────────────────────────────────────────────────────────────────────────────


@specification.register
def _of_heat_map(chart: HeatMap, drawing: Drawing) -> Specification:
    shown = list(chart.cells())
    shades = [colour(name) for name in ("paper", "q0", "q1", "q2", "q3", "q4")]
    inks: dict[str, Json] = {
        "field": "shade", "type": "nominal", "legend": None,
        "scale": {"domain": [-1, 0, 1, 2, 3, 4], "range": shades},
    }  # fmt: skip
    cells: dict[str, Json] = {"type": "rect", "stroke": colour("line")}
    unseen: dict[str, Json] = {"type": "rect", "fillOpacity": 0, "tooltip": {"expr": "datum.said"}}
    return Specification(
        height=chart.height,
        description=drawing.label,
        layers=(
            Layer(name="cells", mark=cells, encoding={**_box(), "fill": inks}, rows=tuple(_cells(chart, shown))),
            words(drawing),
            Layer(name=READINGS, mark=unseen, encoding=_box(), rows=tuple(_cells(chart, shown))),
        ),
    )


def _box() -> dict[str, Json]:
    down: dict[str, Json] = {"field": "top", "type": "quantitative", "scale": None, "axis": None}
    return {**between(), "y": down, "y2": {"field": "bottom"}}


def _cells(chart: HeatMap, cells: list[HeatCellAt]) -> Iterator[Row]:
    for cell in cells:
        yield {
            "row": cell.row.name, "column": cell.column, "value": None if cell.value is None else number(cell.value),
            "shade": -1 if cell.shade is None else cell.shade, "start": number(cell.left), "end": number(cell.right),
            "top": cell.top, "bottom": cell.bottom, "said": chart.said(cell),
        }  # fmt: skip
