"""A chart on paper: the drawing that a page prints, at a fixed width and with its colours written out.

The page's drawing takes its colours from the stylesheet and its width from the reader. Paper has neither, so the same
marks are written with the light values of the theme. No engine is needed, so a request can do it in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from engagement.look.charts import Chart, render
from engagement.look.charts.marks import Dot, Drawing, Line, Mark, Plot, Rect, Text
from engagement.look.exact import Number, exact, rounded
from engagement.look.vega.tokens import colours
from engagement.reports.types import Drawn

WIDTH: Final = 640
FONT: Final = "Libertinus Serif"  # in the wheel of typst; nothing of the system is needed
_BAND_NAMES: Final = ("poor", "good", "excellent")
_LINES: Final = {
    "axis": ("line", "1", ""), "axis-0": ("line-strong", "1", ""), "target": ("ink", "1.5", ""),
    "note-line": ("ink-3", "1", "1 3"), "range": ("ink-3", "1.5", ""),
}  # fmt: skip
_FILLS: Final = {"bar": "bar", "dot": "ink", "bar-soft": "q3"}


def drawn(chart: Chart, *, notes: tuple[str, ...] = ()) -> Drawn:
    """The chart for page and paper, with its text alternative."""
    drawing = chart.draw()
    return Drawn(html=render(chart), svg=paper_svg(drawing), label=drawing.label, notes=notes)


def paper_svg(drawing: Drawing) -> str:
    """The drawing as SVG that stands by itself."""
    height = drawing.height or 100
    body = "".join(part for mark in drawing.marks for part in _mark(mark, height))
    box = f'viewBox="0 -2 {WIDTH} {height + 4}" width="{WIDTH}" height="{height + 4}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="{FONT}" font-size="12">{body}</svg>'


def _mark(mark: Mark, height: int) -> Iterator[str]:
    if isinstance(mark, Text):
        yield _text(mark)
    elif isinstance(mark, Rect):
        box = f'x="{_x(mark.x)}" y="{_y(mark.y)}" width="{_x(mark.width)}" height="{_y(mark.height)}"'
        yield f"<rect {box} {_filled(mark.css)}/>"
    elif isinstance(mark, Line):
        ends = f'x1="{_x(mark.x1)}" x2="{_x(mark.x2)}" y1="{_y(mark.y1)}" y2="{_y(mark.y2)}"'
        yield f"<line {ends} {_stroked(mark.css)}/>"
    elif isinstance(mark, Dot):
        yield f'<circle cx="{_x(mark.cx)}" cy="{_y(mark.cy)}" r="{mark.r}" {_filled(mark.css)}/>'
    else:
        yield from _plot(mark, height)


def _plot(plot: Plot, height: int) -> Iterator[str]:
    tall = height if plot.height is None else plot.height
    for shape in plot.shapes:
        points = " ".join(f"{_x(x)},{_y(exact(plot.y) + exact(y) * exact(tall) / 100)}" for x, y in shape.points)
        if shape.closed:
            yield f'<polygon points="{points}" fill="{_ink("ink")}" fill-opacity="0.13"/>'
        else:
            dash = ' stroke-dasharray="4 3"' if "ln-open" in shape.css else ""
            yield f'<polyline points="{points}" fill="none" stroke="{_ink("ink")}" stroke-width="2"{dash}/>'


def _text(mark: Text) -> str:
    names = mark.css.split()
    band = next((name for name in _BAND_NAMES if f"t-{name}" in names), "")
    colour = _ink(band or ("ink" if "key" in names else "ink-3"))
    weight = ' font-weight="bold"' if {"key", "note-n"} & set(names) else ""
    at = f'x="{_x(exact(mark.x) + exact(mark.dx) * 100 / WIDTH)}" y="{_y(mark.y)}" text-anchor="{mark.anchor}"'
    return f'<text {at} fill="{colour}"{weight}>{escape(mark.text)}</text>'


def _filled(css: str) -> str:
    names = css.split()
    for band in _BAND_NAMES:
        if f"z-{band}" in names:
            return f'fill="{_ink(f"{band}-zone")}"'
        if f"f-{band}" in names:
            return f'fill="{_ink(band)}" stroke="#ffffff" stroke-width="2"'
    if {"bar-fall", "dot-open", "note-dot"} & set(names):
        edge = "bar" if "bar-fall" in names else "ink-3" if "note-dot" in names else "ink"
        return f'fill="#ffffff" stroke="{_ink(edge)}" stroke-width="1.5"'
    return f'fill="{_ink(next((_FILLS[name] for name in names if name in _FILLS), "ink-3"))}"'


def _stroked(css: str) -> str:
    names = css.split()
    band = next((name for name in _BAND_NAMES if f"k-{name}" in names), "")
    if "whisker" in names:
        return f'stroke="{_ink(band or "ink-3")}" stroke-width="6" stroke-opacity="0.35"'
    colour, width, dash = next((_LINES[name] for name in names if name in _LINES), ("ink-3", "1", ""))
    dash = "6 3" if "target-dash" in names else dash
    return f'stroke="{_ink(colour)}" stroke-width="{width}"' + (f' stroke-dasharray="{dash}"' if dash else "")


def _ink(name: str) -> str:
    return colours("light")[name]


def _x(value: Number) -> str:
    return f"{rounded(exact(value) * WIDTH / 100, places=2):f}"


def _y(value: Number) -> str:
    return f"{rounded(value, places=2):f}"
